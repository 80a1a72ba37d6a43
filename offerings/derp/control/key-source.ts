import type { derp as api, InputOf, ReplyOf } from "@berth/api";
import { record } from "@berth/core/audit";
import { lockVisibleLease } from "@berth/core/leases";
import { type Context, transaction } from "@berth/core/platform/context";
import { Refusal } from "@berth/kit";
import { requireDerp } from "./address.ts";
import { deleteKeySource, findKeySource, findSynced, saveKeySource, updateKeySource } from "./key-source-store.ts";
import { type KeySecret, keySecret } from "./read-keys.ts";

type View = ReplyOf<typeof api.getKeySource>;

const place = (leaseId: string) => `derp_key_sources|secret|${leaseId}`;

export async function showKeySource(ctx: Context, leaseId: string): Promise<View> {
  await requireDerp(ctx, leaseId);
  const row = await findKeySource(ctx, leaseId);
  const secret = row && openSecret(ctx, leaseId, row.secret);
  return {
    leaseId: leaseId as View["leaseId"],
    kind: secret?.kind ?? null,
    url: secret?.kind === "headscale" ? secret.url : null,
    changedAt: row?.changed_at.toISOString() ?? null,
    syncedAt: row?.synced_at?.toISOString() ?? null,
    error: row?.error_code ? { code: row.error_code, message: row.error_message ?? "" } : null,
    devices: row ? (await findSynced(ctx, leaseId)).size : 0,
    leftOut: row?.left_out ?? 0,
  };
}

/** Has a lease's devices read from the customer's own network, at once and then every few minutes. */
export async function setKeySource(ctx: Context, input: InputOf<typeof api.setKeySource>): Promise<View> {
  const { leaseId } = input;
  await transaction(ctx, async (ctx) => {
    await requireDerp(ctx, leaseId);
    const secret = toSecret(input);
    const { state } = await lockVisibleLease(ctx, leaseId);
    if (state === "expired" || state === "ended") {
      throw new Refusal("conflict", "leases.over", `this lease is ${state}`);
    }
    await saveKeySource(ctx, {
      lease_id: leaseId,
      kind: secret.kind,
      secret: ctx.keys.seal(place(leaseId), JSON.stringify(secret)),
      changed_at: ctx.now(),
      due_at: ctx.now(),
      synced_at: null,
      failures: 0,
      error_code: null,
      error_message: null,
      left_out: 0,
    });
    await record(ctx, { name: "derp.key_source_set", leaseId, data: { kind: secret.kind } });
  });
  return showKeySource(ctx, leaseId);
}

/** Reads no more from there. Devices that came from it stay, as if they had been entered. Safe to repeat. */
export async function removeKeySource(ctx: Context, leaseId: string): Promise<{ removed: true }> {
  await transaction(ctx, async (ctx) => {
    await requireDerp(ctx, leaseId);
    await lockVisibleLease(ctx, leaseId);
    if (await deleteKeySource(ctx, leaseId)) await record(ctx, { name: "derp.key_source_removed", leaseId });
  });
  return { removed: true };
}

/** Has it read soon, whenever it would have been. */
export async function hurryKeySource(ctx: Context, leaseId: string): Promise<View> {
  await requireDerp(ctx, leaseId);
  const row = await findKeySource(ctx, leaseId);
  if (!row) throw new Refusal("conflict", "derp.no_key_source", "the devices of this lease are entered by hand");
  await updateKeySource(ctx, row, { due_at: ctx.now() });
  return showKeySource(ctx, leaseId);
}

export function openSecret(ctx: Context, leaseId: string, sealed: Uint8Array): KeySecret {
  return keySecret.parse(JSON.parse(ctx.keys.open(place(leaseId), sealed).toString()));
}

function toSecret({ kind, url, key }: InputOf<typeof api.setKeySource>): KeySecret {
  if (kind === "tailscale") {
    if (url !== undefined) throw new Refusal("invalid", "derp.url_for_headscale", "Tailscale has one address only");
    if (!key.startsWith("tskey-api-")) {
      throw new Refusal("invalid", "derp.other_tailscale_key", "a key of Tailscale's API begins with tskey-api-");
    }
    return { kind, key };
  }
  if (url === undefined) throw new Refusal("invalid", "derp.url_missing", "say where your Headscale is");
  return { kind, url, key };
}
