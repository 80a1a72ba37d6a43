import type { Context } from "../platform/context.ts";

/** Leases that run on one of these nodes, which are to stand still. */
export async function leasesRunningOn(ctx: Context, nodeIds: readonly string[], most: number): Promise<string[]> {
  if (nodeIds.length === 0) return [];
  const rows = await ctx.db
    .selectFrom("instances")
    .select("lease_id")
    .distinct()
    .where("node_id", "in", nodeIds)
    .where("desired", "=", "running")
    .orderBy("lease_id")
    .limit(most)
    .execute();
  return rows.map(({ lease_id }) => lease_id);
}

/** Leases with something that stands still for the traffic of a node which is none of these. */
export async function leasesHeldElsewhere(ctx: Context, nodeIds: readonly string[], most: number): Promise<string[]> {
  let query = ctx.db
    .selectFrom("instances")
    .select("lease_id")
    .distinct()
    .where("held_for", "=", "node_traffic")
    .where("desired", "<>", "released")
    .orderBy("lease_id")
    .limit(most);
  if (nodeIds.length > 0) query = query.where("node_id", "not in", nodeIds);
  return (await query.execute()).map(({ lease_id }) => lease_id);
}
