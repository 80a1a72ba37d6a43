import { Refusal } from "@berth/kit";
import { record } from "../../audit/index.ts";
import { bumpRevision } from "../../fleet/index.ts";
import { type Context, transaction } from "../../platform/context.ts";
import { instancesOf, updateInstance } from "../instance-store.ts";
import { lockLease, lockVisibleLease } from "../store.ts";
import { deleteFormerEndpoints, endConfigurations, findFormer } from "./store.ts";

/** Ends the version that works beside the present one before its time: its ports are shut and its keys are gone. */
export async function revokeFormer(ctx: Context, leaseId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await lockVisibleLease(ctx, leaseId);
    const former = await findFormer(ctx, leaseId);
    if (!former) {
      const message = "only the present configuration works; to revoke it, renew it as leaked";
      throw new Refusal("conflict", "leases.no_former", message);
    }
    await endVersion(ctx, leaseId, { version: former.version, endedFor: "revoked" });
  });
}

/** Ends what was replaced and whose time is over. Its nodes have shut its doors by themselves. */
export async function expireFormer(ctx: Context, leaseId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await lockLease(ctx, leaseId);
    const former = await findFormer(ctx, leaseId);
    if (!former?.until || former.until > ctx.now()) return;
    await endVersion(ctx, leaseId, { version: former.version, endedFor: "expired" });
  });
}

/** Its doors are shut when its nodes hear of it; the keys go at once. */
export async function endVersion(
  ctx: Context,
  leaseId: string,
  ending: { version: number; endedFor: "expired" | "revoked" },
): Promise<void> {
  for (const instance of await instancesOf(ctx, leaseId)) {
    await updateInstance(ctx, instance.id, { revision: await bumpRevision(ctx, instance.node_id) });
  }
  await deleteFormerEndpoints(ctx, { leaseId });
  await endConfigurations(ctx, leaseId, ending);
  const { version, endedFor } = ending;
  await record(ctx, { name: "leases.configuration_ended", leaseId, data: { version, endedFor } });
}
