import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { type Serial, stateOf } from "./batch.ts";

export const serialsWithBatches = (ctx: Context) =>
  ctx.db
    .selectFrom("serials as s")
    .innerJoin("serial_batches as b", "b.id", "s.batch_id")
    .leftJoin("orders as o", "o.serial_id", "s.id")
    .select(["s.id", "s.batch_id", "s.prefix", "s.state", "s.redeemed_by", "s.redeemed_at"])
    .select(["b.plan_id", "b.payment", "b.redeem_by", "b.created_at", "o.lease_id"]);

type Found = Awaited<ReturnType<ReturnType<typeof serialsWithBatches>["executeTakeFirstOrThrow"]>>;

export function toSerial(row: Found, now: Date): Serial {
  return {
    id: row.id as Serial["id"],
    batchId: row.batch_id as Serial["batchId"],
    planId: row.plan_id,
    prefix: row.prefix,
    state: stateOf(row, row, now),
    createdAt: row.created_at.toISOString(),
    redeemBy: row.redeem_by.toISOString(),
    redeemedBy: row.redeemed_by,
    redeemedAt: row.redeemed_at?.toISOString() ?? null,
    leaseId: row.lease_id,
  };
}

export async function getSerial(ctx: Context, serialId: string): Promise<Serial> {
  const row = await serialsWithBatches(ctx).where("s.id", "=", serialId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "serials.not_found", `no serial ${serialId}`);
  return toSerial(row, ctx.now());
}

/** Those of some nodes that are not there: serials bound to them alone could never be redeemed. */
export async function missingNodes(ctx: Context, nodeIds: readonly string[]): Promise<string[]> {
  if (nodeIds.length === 0) return [];
  const present = await ctx.db
    .selectFrom("nodes")
    .select("id")
    .where("id", "in", nodeIds)
    .where("state", "<>", "removed")
    .execute();
  return nodeIds.filter((nodeId) => !present.some(({ id }) => id === nodeId));
}
