import type { orders, ReplyOf } from "@berth/api";
import type { Row } from "../platform/rows.ts";

export type Order = ReplyOf<typeof orders.redeemSerial>["order"];
export type OrderRow = Row<"orders">;

export function toOrder(row: OrderRow): Order {
  return {
    id: row.id as Order["id"],
    accountId: row.account_id,
    planId: row.plan_id,
    kind: row.kind,
    state: row.state,
    leaseId: row.lease_id,
    price: { minor: row.price_minor.toString(), currency: row.currency },
    createdAt: row.created_at.toISOString(),
  };
}
