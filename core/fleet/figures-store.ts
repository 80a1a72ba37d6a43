import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Sign } from "./sign.ts";

/** What is kept per minute. */
const figureColumns = [
  "load",
  "memory_used_bytes",
  "disk_used_bytes",
  "in_bytes_per_second",
  "out_bytes_per_second",
  "served_bytes_per_second",
  "round_trip_ms",
] as const;

/** As one parameter, however many there are. */
export function toJson(signs: readonly Sign[]): string {
  return JSON.stringify(signs, (_, value) => (typeof value === "bigint" ? value.toString() : value));
}

/** Takes heartbeats into the mean of their minute. Those of nodes that are gone are left out. */
export async function saveFigures(ctx: Context, signs: readonly Sign[], nodeIds: readonly string[]): Promise<void> {
  const present = signs.filter(({ node_id }) => nodeIds.includes(node_id));
  if (present.length === 0) return;
  const columns = sql.join(figureColumns.map((column) => sql.ref(column)));
  const types = sql.join(figureColumns.map((column) => sql`${sql.ref(column)} float8`));
  const means = figureColumns.map((column) => {
    const [before, added] = [sql.ref(`node_figures.${column}`), sql.ref(`excluded.${column}`)];
    return sql`${sql.ref(column)} = coalesce((${before} * node_figures.samples + ${added}) / (node_figures.samples + 1), ${before}, ${added})`;
  });
  await sql`
    insert into node_figures (bucket, node_id, samples, ${columns})
    select date_trunc('minute', ${ctx.now()}::timestamptz, 'UTC'), node_id, 1, ${columns}
    from jsonb_to_recordset(${toJson(present)}::jsonb) as beat(node_id text, ${types})
    on conflict (bucket, node_id) do update set samples = node_figures.samples + 1, ${sql.join(means)}`.execute(ctx.db);
}
