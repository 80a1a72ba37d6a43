import type { derp as api, ReplyOf } from "@berth/api";
import { record } from "@berth/core/audit";
import { accessOf, findLease, getVisibleLease, type LeaseRow, lockVisibleLease } from "@berth/core/leases";
import { type Context, transaction } from "@berth/core/platform/context";
import { newSecret, Refusal } from "@berth/kit";
import { derpMap, headscale, policy, type Relay } from "./derp-map.ts";
import { identity, pinOf } from "./identity.ts";
import { type ConfigurationRow, findByToken, findConfiguration, insertDownload, saveConfiguration } from "./store.ts";

type Configuration = ReplyOf<typeof api.getConfiguration>;

const place = (leaseId: string) => `derp_configurations|token|${leaseId}`;

/** Where a lease's configuration is downloaded. Its address is made when it is first asked for. */
export async function showConfiguration(ctx: Context, leaseId: string, publicUrl: string): Promise<Configuration> {
  const lease = await getVisibleLease(ctx, leaseId);
  requireDerp(lease.kind);
  const known = await findConfiguration(ctx, leaseId);
  return toConfiguration(ctx, known ?? (await changeAddress(ctx, leaseId, { onlyIfNone: true })), publicUrl);
}

/** Gives the configuration a new address; the old one stops working at once. */
export async function rotateConfiguration(ctx: Context, leaseId: string, publicUrl: string): Promise<Configuration> {
  return toConfiguration(ctx, await changeAddress(ctx, leaseId, { onlyIfNone: false }), publicUrl);
}

async function changeAddress(
  ctx: Context,
  leaseId: string,
  { onlyIfNone }: { onlyIfNone: boolean },
): Promise<ConfigurationRow> {
  return transaction(ctx, async (ctx) => {
    requireDerp((await lockVisibleLease(ctx, leaseId)).kind);
    const known = await findConfiguration(ctx, leaseId);
    if (known && onlyIfNone) return known;
    const secret = newSecret();
    const row: ConfigurationRow = {
      lease_id: leaseId,
      version: (known?.version ?? 0) + 1,
      token_hash: ctx.keys.hash("derp-configuration", secret),
      token: ctx.keys.seal(place(leaseId), secret),
      changed_at: ctx.now(),
    };
    await saveConfiguration(ctx, row);
    await record(ctx, { name: "derp.configuration_made", leaseId, data: { version: row.version } });
    return row;
  });
}

function toConfiguration(ctx: Context, row: ConfigurationRow, publicUrl: string): Configuration {
  const secret = ctx.keys.open(place(row.lease_id), row.token).toString();
  return {
    leaseId: row.lease_id as Configuration["leaseId"],
    version: row.version,
    url: `${publicUrl}/c/${secret}`,
    changedAt: row.changed_at.toISOString(),
  };
}

function requireDerp(kind: string): void {
  if (kind !== "derp")
    throw new Refusal("conflict", "derp.other_kind", `this lease is for ${kind}, which has no DERP map`);
}

export interface Download {
  readonly secret: string;
  readonly form: "derpmap" | "policy" | "headscale";
  readonly omitDefaults: boolean;
  readonly userAgent: string | undefined;
}

export interface File {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** The configuration behind a download address, in the form asked for. Every download is noted. */
export async function downloadConfiguration(ctx: Context, download: Download): Promise<File> {
  const row = await findByToken(ctx, ctx.keys.hash("derp-configuration", download.secret));
  const lease = row && (await findLease(ctx, row.lease_id));
  if (!row || !lease)
    throw new Refusal("not_found", "derp.no_such_configuration", "this address was changed or never existed");
  const how = howItEnded(lease, ctx.now());
  if (how) {
    const over = lease.until.toISOString();
    throw new Refusal("forbidden", "derp.lease_over", `this lease is over (${how}, until ${over}); renew it to go on`);
  }
  await noteDownload(ctx, lease, { ...download, version: row.version });
  return render(await relaysOf(ctx, lease.id), download);
}

/** With the event, which says to its owner and to nobody else from where it was. */
async function noteDownload(
  ctx: Context,
  { id: leaseId, account_id: accountId }: LeaseRow,
  { form, version, userAgent = "" }: Pick<Download, "form" | "userAgent"> & { version: number },
): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await insertDownload(ctx, { lease_id: leaseId, version, form, at: ctx.now() });
    const personal = { agent: userAgent.slice(0, 300) };
    await record(ctx, { name: "derp.configuration_fetched", accountId, leaseId, data: { form, version }, personal });
  });
}

/** How a lease ended, if it did. Its time is over when it is over, whether the sweep was there or not. */
function howItEnded({ state, until }: LeaseRow, now: Date): "expired" | "ended" | undefined {
  if (state === "expired" || state === "ended") return state;
  return until <= now ? "expired" : undefined;
}

async function relaysOf(ctx: Context, leaseId: string): Promise<Relay[]> {
  return (await accessOf(ctx, leaseId)).map(({ secrets, ...access }) => ({
    ...access,
    pin: pinOf(identity.parse(secrets).certificate),
  }));
}

function render(relays: readonly Relay[], { form, omitDefaults }: Download): File {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  if (form === "headscale") return { name: "derp.yaml", type: "application/yaml", text: headscale(relays) };
  if (form === "policy") {
    return { name: "policy.hujson", type: "application/json", text: json(policy(relays, { omitDefaults })) };
  }
  return { name: "derpmap.json", type: "application/json", text: json(derpMap(relays, { omitDefaults })) };
}
