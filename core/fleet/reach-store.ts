import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { ReachResult } from "./reach.ts";

/** Forgets the test before. */
export async function deleteResults(ctx: Context, nodeId: string): Promise<void> {
  await ctx.db.deleteFrom("reach_results").where("node_id", "=", nodeId).execute();
}

export async function saveResults(ctx: Context, nodeId: string, results: readonly ReachResult[]): Promise<void> {
  if (results.length === 0) return;
  await ctx.db
    .insertInto("reach_results")
    .values(results.map((result) => ({ ...result, node_id: nodeId, tested_at: ctx.now() })))
    .onConflict((conflict) =>
      conflict
        .columns(["node_id", "seen_from", "address", "protocol", "port"])
        .doUpdateSet((eb) => ({ outcome: eb.ref("excluded.outcome"), tested_at: eb.ref("excluded.tested_at") })),
    )
    .execute();
}

export async function resultsOf(ctx: Context, nodeId: string) {
  return ctx.db
    .selectFrom("reach_results as r")
    .leftJoin("nodes as n", "n.id", "r.seen_from")
    .selectAll("r")
    .select("n.name as seen_from_name")
    .where("r.node_id", "=", nodeId)
    .orderBy("r.address")
    .orderBy("r.seen_from")
    .orderBy("r.protocol")
    .orderBy("r.port")
    .execute();
}

/** Any other node that is there: the test is the better the further away it stands, and that nobody knows. */
export async function findOnlooker(ctx: Context, nodeId: string): Promise<string | undefined> {
  const row = await ctx.db
    .selectFrom("nodes")
    .select("id")
    .where("state", "=", "online")
    .where("id", "<>", nodeId)
    .orderBy(sql`random()`)
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}
