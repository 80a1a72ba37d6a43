import type { ReplyOf, serials } from "@berth/api";
import type { Row } from "../platform/rows.ts";

export type Batch = ReplyOf<typeof serials.settleBatch>;
export type Serial = ReplyOf<typeof serials.revokeSerial>;
export type BatchRow = Row<"serial_batches">;
export type SerialRow = Row<"serials">;
export type Counts = { unused: bigint; used: bigint; revoked: bigint };

export function toBatch(row: BatchRow & Counts): Batch {
  return {
    id: row.id as Batch["id"],
    name: row.name,
    planId: row.plan_id as Batch["planId"],
    count: row.count,
    unused: Number(row.unused),
    used: Number(row.used),
    revoked: Number(row.revoked),
    payment: row.payment,
    nodeIds: row.node_ids,
    madeBy: row.made_by,
    redeemBy: row.redeem_by.toISOString(),
    createdAt: row.created_at.toISOString(),
  };
}

/** What people see: an unused serial may also be late, or wait for its batch to be paid. */
export function stateOf(
  serial: Pick<SerialRow, "state">,
  batch: Pick<BatchRow, "payment" | "redeem_by">,
  now: Date,
): Serial["state"] {
  if (serial.state !== "unused") return serial.state;
  if (batch.redeem_by <= now) return "expired";
  return batch.payment === "pending" ? "pending" : "unused";
}
