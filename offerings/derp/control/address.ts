import type { derp as api, ReplyOf } from "@berth/api";
import { record } from "@berth/core/audit";
import {
  accessOf,
  findFetchers,
  findPresent,
  getVisibleLease,
  type LeaseRow,
  lockVisibleLease,
} from "@berth/core/leases";
import { type Context, transaction } from "@berth/core/platform/context";
import { dayMs, newSecret, Refusal } from "@berth/kit";
import { derp } from "./offering.ts";
import { type ConfigurationRow, findConfiguration, saveConfiguration } from "./store.ts";

type Configuration = ReplyOf<typeof api.getConfiguration>;
type Rotated = ReplyOf<typeof api.rotateConfiguration>;

const place = (leaseId: string) => `derp_configurations|token|${leaseId}`;
/** Programs that fetch by themselves do so in hours or days; who did not for so long has it saved. */
const fetchersMs = 30 * dayMs;

/** Where a lease's configuration is downloaded. Its address is made when it is first asked for. */
export async function showConfiguration(ctx: Context, leaseId: string, publicUrl: string): Promise<Configuration> {
  const lease = await requireDerp(ctx, leaseId);
  const known = await findConfiguration(ctx, leaseId);
  return toConfiguration(ctx, known ?? (await changeAddress(ctx, leaseId, { onlyIfNone: true })), { lease, publicUrl });
}

/** Gives the configuration a new address; the old one stops working at once, for those who are named in the answer. */
export async function rotateConfiguration(ctx: Context, leaseId: string, publicUrl: string): Promise<Rotated> {
  const lease = await requireDerp(ctx, leaseId);
  const cutOff = await findFetchers(ctx, leaseId, new Date(ctx.now().getTime() - fetchersMs));
  const row = await changeAddress(ctx, leaseId, { onlyIfNone: false });
  return { ...(await toConfiguration(ctx, row, { lease, publicUrl })), cutOff };
}

/** Refuses a lease of another kind, and one that the actor may not see. */
export async function requireDerp(ctx: Context, leaseId: string): Promise<LeaseRow> {
  const lease = await getVisibleLease(ctx, leaseId);
  if (lease.kind === "derp") return lease;
  throw new Refusal("conflict", "derp.other_kind", `this lease is for ${lease.kind}, which has no DERP map`);
}

async function changeAddress(
  ctx: Context,
  leaseId: string,
  { onlyIfNone }: { onlyIfNone: boolean },
): Promise<ConfigurationRow> {
  return transaction(ctx, async (ctx) => {
    await lockVisibleLease(ctx, leaseId);
    const known = await findConfiguration(ctx, leaseId);
    if (known && onlyIfNone) return known;
    const secret = newSecret();
    const row: ConfigurationRow = {
      lease_id: leaseId,
      changes: (known?.changes ?? 0) + 1,
      token_hash: ctx.keys.hash("derp-configuration", secret),
      token: ctx.keys.seal(place(leaseId), secret),
      changed_at: ctx.now(),
    };
    await saveConfiguration(ctx, row);
    await record(ctx, { name: "derp.configuration_made", leaseId, data: { changes: row.changes } });
    return row;
  });
}

async function toConfiguration(
  ctx: Context,
  row: ConfigurationRow,
  { lease, publicUrl }: { lease: LeaseRow; publicUrl: string },
): Promise<Configuration> {
  const secret = ctx.keys.open(place(row.lease_id), row.token).toString();
  const present = await findPresent(ctx, row.lease_id);
  const url = `${publicUrl}/c/${secret}`;
  return {
    leaseId: row.lease_id as Configuration["leaseId"],
    version: present?.version ?? 1,
    renewsAt: present?.renews_at?.toISOString() ?? null,
    until: present?.until?.toISOString() ?? null,
    url,
    urls: { derpmap: `${url}/derpmap.json`, policy: `${url}/policy.hujson`, headscale: `${url}/derp.yaml` },
    changedAt: row.changed_at.toISOString(),
    relays: {
      promised: derp.demand(derp.options.parse(lease.options)).instances,
      placed: (await accessOf(ctx, lease.id)).length,
    },
  };
}
