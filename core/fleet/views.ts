import type { fleet as api, InputOf, ReplyOf } from "@berth/api";
import { minuteMs, Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { getNode } from "./store.ts";
import type { Use } from "./use.ts";

type Figures = ReplyOf<typeof api.getFigures>;

const stepMs = { "1m": minuteMs, "5m": 5 * minuteMs, "15m": 15 * minuteMs, "1h": 60 * minuteMs } as const;
const mostPoints = 1_500;

/** How a node was, in means over steps. A step from which nothing is known has no point. */
export async function findFigures(ctx: Context, input: InputOf<typeof api.getFigures>): Promise<Figures> {
  await getNode(ctx, input.nodeId);
  const everyMs = stepMs[input.step];
  const [from, to] = [new Date(input.from), new Date(input.to)];
  if (to.getTime() - from.getTime() > mostPoints * everyMs) {
    throw new Refusal("invalid", "fleet.too_many_points", `more than ${mostPoints} points; ask for larger steps`);
  }
  const mean = (column: string) =>
    sql`sum(${sql.ref(column)} * samples) / nullif(sum(samples) filter (where ${sql.ref(column)} is not null), 0)`;
  const { rows } = await sql<Omit<Figures["points"][number], "at"> & { at: Date }>`
    select date_bin(${everyMs} * interval '1 ms', bucket, '2000-01-01 00:00:00Z') as at,
      ${mean("load")} as load, ${mean("memory_used_bytes")} as "memoryUsedBytes", ${mean("disk_used_bytes")} as "diskUsedBytes",
      ${mean("in_bytes_per_second")} as "inBytesPerSecond", ${mean("out_bytes_per_second")} as "outBytesPerSecond",
      ${mean("served_bytes_per_second")} as "servedBytesPerSecond", ${mean("round_trip_ms")} as "latencyMs"
    from node_figures where node_id = ${input.nodeId} and bucket >= ${from} and bucket < ${to}
    group by at order by at`.execute(ctx.db);
  return { points: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
}

/** Counts what is used of nodes, of each since its own moment. */
export async function countUse(ctx: Context, asked: readonly { id: string; since: Date }[]): Promise<Use[]> {
  if (asked.length === 0) return [];
  const first = new Date(Math.min(...asked.map(({ since }) => since.getTime())));
  const { rows } = await sql<{ id: string; customers: number; traffic: string }>`
    with asked as (
      select * from unnest(${asked.map(({ id }) => id)}::text[], ${asked.map(({ since }) => since)}::timestamptz[]) as asked(id, since)
    ), customers as (
      select i.node_id, count(distinct l.account_id)::int as n from asked
      join instances i on i.node_id = asked.id and i.desired <> 'released' join leases l on l.id = i.lease_id
      group by i.node_id
    ), traffic as (
      select u.node_id, sum(u.value) as bytes from usage_daily u join asked on asked.id = u.node_id and u.bucket >= asked.since
      where u.meter = 'bytes' and u.bucket >= ${first} group by u.node_id
    )
    select asked.id, coalesce(customers.n, 0) as customers, coalesce(traffic.bytes, 0)::text as traffic
    from asked left join customers on customers.node_id = asked.id left join traffic on traffic.node_id = asked.id`.execute(
    ctx.db,
  );
  return rows.map(({ id, customers, traffic }) => ({ id, customers, trafficBytes: BigInt(traffic) }));
}

/** What hangs on a node. */
export async function previewRemoval(ctx: Context, nodeId: string): Promise<ReplyOf<typeof api.previewRemoval>> {
  await getNode(ctx, nodeId);
  const { rows } = await sql<ReplyOf<typeof api.previewRemoval>>`
    select count(*)::int as instances, count(distinct l.id)::int as leases, count(distinct l.account_id)::int as customers,
      (count(distinct l.id) filter (where not exists (select from instances o where o.lease_id = l.id and o.node_id <> i.node_id
        and o.desired <> 'released')))::int as alone
    from instances i join leases l on l.id = i.lease_id
    where i.node_id = ${nodeId} and i.desired <> 'released'`.execute(ctx.db);
  return rows[0]!;
}
