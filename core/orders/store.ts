import type { Context } from "../platform/context.ts";
import type { OrderRow } from "./order.ts";

export async function insertOrder(ctx: Context, order: OrderRow): Promise<void> {
  await ctx.db.insertInto("orders").values(order).execute();
}
