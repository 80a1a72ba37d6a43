import type { InputOf, ReplyOf, serials } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import { type Serial, stateOf } from "./batch.ts";

const serialsWithBatches = (ctx: Context) =>
  ctx.db
    .selectFrom("serials as s")
    .innerJoin("serial_batches as b", "b.id", "s.batch_id")
    .leftJoin("orders as o", "o.serial_id", "s.id")
    .select(["s.id", "s.batch_id", "s.prefix", "s.state", "s.redeemed_by", "s.redeemed_at"])
    .select(["b.payment", "b.redeem_by", "b.created_at", "o.lease_id"]);

type Found = Awaited<ReturnType<ReturnType<typeof serialsWithBatches>["executeTakeFirstOrThrow"]>>;

function toSerial(row: Found, now: Date): Serial {
  return {
    id: row.id as Serial["id"],
    batchId: row.batch_id as Serial["batchId"],
    prefix: row.prefix,
    state: stateOf(row, row, now),
    redeemedBy: row.redeemed_by,
    redeemedAt: row.redeemed_at?.toISOString() ?? null,
    leaseId: row.lease_id,
  };
}

/** Serials, of the newest batch first, without their codes. */
export async function findSerials(
  ctx: Context,
  input: InputOf<typeof serials.listSerials>,
): Promise<ReplyOf<typeof serials.listSerials>> {
  const now = ctx.now();
  let query = serialsWithBatches(ctx)
    .orderBy("b.created_at", "desc")
    .orderBy("s.id", "desc")
    .limit(input.limit + 1);
  if (input.batchId) query = query.where("s.batch_id", "=", input.batchId);
  if (input.prefix) query = query.where("s.prefix", "=", input.prefix.toUpperCase());
  if (input.state === "used" || input.state === "revoked") query = query.where("s.state", "=", input.state);
  if (input.state === "expired") query = query.where("s.state", "=", "unused").where("b.redeem_by", "<=", now);
  if (input.state === "pending" || input.state === "unused") {
    const payment = input.state === "pending" ? "=" : "<>";
    query = query.where("s.state", "=", "unused").where("b.redeem_by", ">", now).where("b.payment", payment, "pending");
  }
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("b.created_at", "s.id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), input.limit, (row) => toSerial(row, now));
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
