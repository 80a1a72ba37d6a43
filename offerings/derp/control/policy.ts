import type { derp as api, ReplyOf } from "@berth/api";
import { record } from "@berth/core/audit";
import { lockVisibleLease } from "@berth/core/leases";
import { type Context, transaction } from "@berth/core/platform/context";
import { requireDerp } from "./address.ts";
import { checkPolicy } from "./hujson.ts";
import { deletePolicy, findPolicy, savePolicy } from "./store.ts";

type Policy = ReplyOf<typeof api.getPolicy>;

const place = (leaseId: string) => `derp_policies|text|${leaseId}`;

/** The policy file into which a lease's derpMap is put, as its owner gave it. */
export async function readPolicy(ctx: Context, leaseId: string): Promise<string | undefined> {
  const row = await findPolicy(ctx, leaseId);
  return row && ctx.keys.open(place(leaseId), row.text).toString();
}

export async function showPolicy(ctx: Context, leaseId: string): Promise<Policy> {
  await requireDerp(ctx, leaseId);
  const row = await findPolicy(ctx, leaseId);
  return {
    leaseId: leaseId as Policy["leaseId"],
    policy: (await readPolicy(ctx, leaseId)) ?? null,
    changedAt: row?.changed_at.toISOString() ?? null,
  };
}

/** Takes over a customer's own policy file, whose rest stays as it is in every download; null: none any more. */
export async function setPolicy(ctx: Context, leaseId: string, policy: string | null): Promise<Policy> {
  await transaction(ctx, async (ctx) => {
    await requireDerp(ctx, leaseId);
    if (policy !== null) checkPolicy(policy);
    await lockVisibleLease(ctx, leaseId);
    if (policy === null) await deletePolicy(ctx, leaseId);
    else
      await savePolicy(ctx, { lease_id: leaseId, text: ctx.keys.seal(place(leaseId), policy), changed_at: ctx.now() });
    await record(ctx, { name: "derp.policy_changed", leaseId, data: { bytes: policy?.length ?? 0 } });
  });
  return showPolicy(ctx, leaseId);
}
