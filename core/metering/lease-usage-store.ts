import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { presence, type Span, type Step } from "./series.ts";

const tableOf = { "5m": "usage_5m", hour: "usage_hourly", day: "usage_daily" } as const;

/** Bytes of a lease by bucket and device. */
export async function readSeries(ctx: Context, leaseId: string, step: Step, { fromMs, toMs }: Span) {
  return ctx.db
    .selectFrom(tableOf[step])
    .select(["bucket", "subject", (eb) => eb.fn.sum<string>("value").as("bytes")])
    .where("lease_id", "=", leaseId)
    .where("meter", "=", "bytes")
    .where("bucket", ">=", new Date(fromMs))
    .where("bucket", "<", new Date(toMs))
    .groupBy(["bucket", "subject"])
    .execute();
}

/** All bytes of a lease in buckets that begin at this moment or later. */
export async function readBytesSince(ctx: Context, leaseId: string, step: Step, fromMs: number): Promise<bigint> {
  const { bytes } = await ctx.db
    .selectFrom(tableOf[step])
    .select((eb) => eb.fn.sum<string>("value").as("bytes"))
    .where("lease_id", "=", leaseId)
    .where("meter", "=", "bytes")
    .where("bucket", ">=", new Date(fromMs))
    .executeTakeFirstOrThrow();
  return BigInt(bytes ?? 0);
}

/** Names of devices, of removed ones too. */
export async function readDeviceNames(ctx: Context, leaseId: string): Promise<Map<string, string>> {
  const rows = await ctx.db.selectFrom("devices").select(["id", "name"]).where("lease_id", "=", leaseId).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Of a node that comes and goes all the time, no chart shows each. */
const mostChanges = 1_000;

/** When an instance of a lease was on a node that was connected, by what is in the audit of nodes that came and went. */
export async function readPresence(ctx: Context, leaseId: string, span: Span): Promise<Span[]> {
  const [from, to] = [new Date(span.fromMs), new Date(span.toMs)];
  const ofNode = sql`e.node_id = i.node_id and e.name in ('fleet.node_online', 'fleet.node_offline', 'fleet.node_removed')`;
  const { rows } = await sql<{ from: Date; to: Date | null; changes: [number, string][] | null }>`
    select i.created_at as from, i.released_at as to,
      (select json_agg(json_build_array(extract(epoch from at) * 1000, name) order by at, id) from (
        (select e.at, e.id, e.name from events e where ${ofNode} and e.at < ${from} order by e.at desc, e.id desc limit 1)
        union all (select e.at, e.id, e.name from events e where ${ofNode} and e.at >= ${from} and e.at < ${to}
          order by e.at, e.id limit ${mostChanges})) changed) as changes
    from instances i where i.lease_id = ${leaseId} and i.created_at < ${to}
      and (i.released_at is null or i.released_at > ${from})`.execute(ctx.db);
  return rows.flatMap(({ from, to, changes }) => {
    const own = {
      fromMs: Math.max(span.fromMs, from.getTime()),
      toMs: Math.min(span.toMs, to?.getTime() ?? span.toMs),
    };
    const known = (changes ?? []).map(([atMs, name]) => ({ atMs, isOnline: name === "fleet.node_online" }));
    // What happened before there was anything to note: it was there.
    const before = known[0]?.isOnline ? [] : [{ atMs: 0, isOnline: true }];
    return presence([...before, ...known], own);
  });
}
