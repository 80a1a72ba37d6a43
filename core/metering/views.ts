import type { InputOf, metering, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { scopeOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";

const tableOf = { "5m": "usage_5m", hour: "usage_hourly", day: "usage_daily" } as const;
const columnOf = { instance: "instance_id", device: "subject", node: "node_id", lease: "lease_id" } as const;
const most = 1_000;

/** Bytes over time, of what the actor may see. */
export async function findUsage(
  ctx: Context,
  input: InputOf<typeof metering.getUsage>,
): Promise<ReplyOf<typeof metering.getUsage>> {
  const accountId = scopeOf(ctx.actor, "leases.any");
  let query = ctx.db
    .selectFrom(tableOf[input.step])
    .select(["bucket", (eb) => eb.fn.sum<string>("value").as("bytes")])
    .where("meter", "=", "bytes")
    .where("bucket", ">=", new Date(input.from))
    .where("bucket", "<", new Date(input.to))
    .groupBy("bucket")
    .orderBy("bucket")
    .limit(most + 1);
  if (accountId) query = query.where("account_id", "=", accountId);
  if (input.leaseId) query = query.where("lease_id", "=", input.leaseId);
  if (input.nodeId) query = query.where("node_id", "=", input.nodeId);
  const rows =
    input.by === "total"
      ? (await query.execute()).map((row) => ({ ...row, of: "" }))
      : await query.select(`${columnOf[input.by]} as of`).groupBy(columnOf[input.by]).orderBy("of").execute();
  if (rows.length > most)
    throw new Refusal("invalid", "metering.too_many_buckets", `more than ${most} buckets; ask for less`);
  return {
    totalBytes: rows.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n).toString(),
    buckets: rows.map(({ bucket, of, bytes }) => ({ at: bucket.toISOString(), of, bytes })),
  };
}
