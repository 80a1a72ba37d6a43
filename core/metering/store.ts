import type { Reading } from "@berth/link";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";

/** What the readings of one instance added. */
export interface Growth {
  readonly instance_id: string;
  readonly lease_id: string;
  /** The one that the instance has now. */
  readonly present_generation: bigint;
  readonly bytes: bigint;
  readonly present_bytes: bigint;
}

/** One report of a node at a time: two at once could both take the same growth for theirs. */
export async function lockNodeReports(ctx: Context, nodeId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`readings:${nodeId}`}))`.execute(ctx.db);
}

/**
 * Keeps the greatest value of each counter and adds what that is more than before to the usage tables, all in one statement.
 * Counts only for instances of this node, at a generation it was given, and for devices of the instance's lease.
 */
export async function saveReadings(ctx: Context, nodeId: string, readings: readonly Reading[]): Promise<Growth[]> {
  const column = <Key extends keyof Reading>(key: Key) => readings.map((reading) => reading[key]);
  const now = ctx.now();
  const { rows } = await sql<Growth>`
    with input as (
      select * from unnest(${column("instanceId")}::text[], ${column("generation")}::bigint[], ${column("run")}::text[],
        ${column("subject")}::text[], ${column("meter")}::text[], ${column("value")}::bigint[])
        as input(instance_id, generation, run, subject, meter, value)
    ), grown as (
      select input.*, i.lease_id, i.node_id, l.account_id, i.generation as present_generation,
        input.value - coalesce(r.value, 0) as added
      from input
      join instances i on i.id = input.instance_id and i.node_id = ${nodeId} and input.generation <= i.generation
      join leases l on l.id = i.lease_id
      left join readings r on r.instance_id = input.instance_id and r.generation = input.generation and r.run = input.run
        and r.subject = input.subject and r.meter = input.meter
      where input.value > coalesce(r.value, 0)
        and (input.subject = '' or exists (select from devices d where d.id = input.subject and d.lease_id = i.lease_id))
    ), kept as (
      insert into readings (instance_id, generation, run, subject, meter, value, updated_at)
      select instance_id, generation, run, subject, meter, value, ${now} from grown
      on conflict (instance_id, generation, run, subject, meter)
      do update set value = excluded.value, updated_at = excluded.updated_at
    ), sums as (
      select instance_id, subject, meter, lease_id, account_id, node_id, sum(added)::bigint as value
      from grown group by instance_id, subject, meter, lease_id, account_id, node_id
    ), minutes as (
      insert into usage_5m (bucket, instance_id, subject, meter, lease_id, account_id, node_id, value)
      select date_bin('5 minutes', ${now}::timestamptz, '2000-01-01'), sums.* from sums
      on conflict (bucket, instance_id, subject, meter) do update set value = usage_5m.value + excluded.value
    ), hours as (
      insert into usage_hourly (bucket, instance_id, subject, meter, lease_id, account_id, node_id, value)
      select date_trunc('hour', ${now}::timestamptz, 'UTC'), sums.* from sums
      on conflict (bucket, instance_id, subject, meter) do update set value = usage_hourly.value + excluded.value
    ), days as (
      insert into usage_daily (bucket, instance_id, subject, meter, lease_id, account_id, node_id, value)
      select date_trunc('day', ${now}::timestamptz, 'UTC'), sums.* from sums
      on conflict (bucket, instance_id, subject, meter) do update set value = usage_daily.value + excluded.value
    )
    select instance_id, lease_id, present_generation, sum(added)::bigint as bytes,
      coalesce(sum(added) filter (where generation = present_generation), 0)::bigint as present_bytes
    from grown where meter = 'bytes' group by instance_id, lease_id, present_generation`.execute(ctx.db);
  return rows;
}

/** The first instance whose usage is not the sum of its counters. */
export async function firstUnequal(ctx: Context) {
  const { rows } = await sql<{ instance_id: string; meter: string; counted: string; used: string }>`
    select instance_id, meter, coalesce(counted, 0)::text as counted, coalesce(used, 0)::text as used
    from (select instance_id, meter, sum(value) as counted from readings group by instance_id, meter) as counters
    full join (select instance_id, meter, sum(value) as used from usage_daily group by instance_id, meter) as usage
      using (instance_id, meter)
    where coalesce(counted, 0) <> coalesce(used, 0) order by instance_id limit 1`.execute(ctx.db);
  return rows[0];
}

/** The first lease without reset cycles whose used bytes are not the sum of its usage. */
export async function firstUnequalLease(ctx: Context) {
  const { rows } = await sql<{ id: string; used: string; counted: string }>`
    select l.id, l.used_bytes::text as used, coalesce(u.bytes, 0)::text as counted
    from leases l left join (select lease_id, sum(value) as bytes from usage_daily where meter = 'bytes' group by lease_id) u
      on u.lease_id = l.id
    where l.reset = 'never' and l.used_bytes <> coalesce(u.bytes, 0) order by l.id limit 1`.execute(ctx.db);
  return rows[0];
}

export async function countReadings(ctx: Context): Promise<number> {
  const { count } = await ctx.db
    .selectFrom("readings")
    .select((eb) => eb.fn.countAll<bigint>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function createPartition(
  ctx: Context,
  partition: { of: string; name: string; from: Date; to: Date },
): Promise<void> {
  const { of, name, from, to } = partition;
  await sql`create table if not exists ${sql.table(name)} partition of ${sql.table(of)}
    for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`.execute(ctx.db);
}

/** The names of a table's partitions. */
export async function partitionsOf(ctx: Context, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = ${table}::regclass`.execute(
    ctx.db,
  );
  return rows.map(({ name }) => name);
}

export async function dropPartition(ctx: Context, name: string): Promise<void> {
  await sql`drop table if exists ${sql.table(name)}`.execute(ctx.db);
}

export async function lockPartitions(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('usage partitions'))`.execute(ctx.db);
}
