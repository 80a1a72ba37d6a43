import type { Context } from "../platform/context.ts";
import type { Total } from "../platform/live-topic.ts";

/** What these leases have used of their period so far: rates are what it grows by. */
export async function usedTotals(ctx: Context, leaseIds: readonly string[]): Promise<Total[]> {
  const rows = await ctx.db
    .selectFrom("leases")
    .select(["id", "account_id", "used_bytes"])
    .where("id", "in", leaseIds)
    .execute();
  return rows.map(({ id, account_id, used_bytes }) => ({ id, accountId: account_id, total: used_bytes }));
}
