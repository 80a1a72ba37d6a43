import type { Context } from "../platform/context.ts";
import type { Cursor } from "../platform/paging.ts";
import type { OrderRow } from "./order.ts";

export async function insertOrder(ctx: Context, order: OrderRow): Promise<void> {
  await ctx.db.insertInto("orders").values(order).execute();
}

/** Orders newest first, of one account or of all. */
export async function findOrders(
  ctx: Context,
  { accountId, after, limit }: { accountId?: string; after?: Cursor; limit: number },
): Promise<OrderRow[]> {
  let query = ctx.db
    .selectFrom("orders")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (accountId) query = query.where("account_id", "=", accountId);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after.at, after.id)));
  return query.execute();
}
