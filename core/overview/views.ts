import { dayMs, minuteMs } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Example, NodeInNeed, Overview } from "./overview.ts";

const most = 5;

/** How many there are of each state, those of which there are none as well. */
function counted<State extends string>(states: readonly State[], rows: readonly { state: string; n: number }[]) {
  const of = (state: State) => rows.find((row) => row.state === state)?.n ?? 0;
  return Object.fromEntries(states.map((state) => [state, of(state)])) as Record<State, number>;
}

export async function countNodes(ctx: Context): Promise<Overview["nodes"]> {
  const { rows } = await sql<{ state: string; n: number }>`
    select case when state = 'online' and scheduling = 'cordoned' then 'cordoned' else state end as state, count(*)::int as n
    from nodes where state <> 'removed' group by 1`.execute(ctx.db);
  return counted(["joining", "online", "offline", "cordoned"], rows);
}

export async function countLeases(ctx: Context): Promise<Pick<Overview, "leases" | "customers">> {
  const { rows } = await sql<{ state: string; n: number }>`
    select state, count(*)::int as n from leases where state in ('pending', 'active', 'suspended') group by state`.execute(
    ctx.db,
  );
  const { rows: customers } = await sql<{ n: number }>`
    select count(distinct account_id)::int as n from leases where state in ('pending', 'active', 'suspended')`.execute(
    ctx.db,
  );
  return { leases: counted(["pending", "active", "suspended"], rows), customers: customers[0]?.n ?? 0 };
}

export async function countInstances(ctx: Context): Promise<Overview["instances"]> {
  const { rows } = await sql<{ state: string; n: number }>`
    select phase as state, count(*)::int as n from instances where desired <> 'released' group by phase`.execute(
    ctx.db,
  );
  return counted(["pending", "starting", "running", "failed", "stopped"], rows);
}

export async function countSerials(ctx: Context): Promise<Overview["serials"]> {
  const { rows } = await sql<{ unused: number }>`
    select count(*)::int as unused from serials s join serial_batches b on b.id = s.batch_id
    where s.state = 'unused' and b.payment <> 'pending' and b.redeem_by > ${ctx.now()}`.execute(ctx.db);
  return rows[0] ?? { unused: 0 };
}

/** Nodes that somebody may have to look after, with the accounts that have something there. */
export async function nodesInNeed(ctx: Context): Promise<NodeInNeed[]> {
  const { rows } = await sql<NodeInNeed>`
    select n.id, n.name, n.state, n.reach = 'unproven' and not n.is_unproven_allowed as "isShutOff",
      n.last_seen_at as "lastSeenAt", n.reach_tested_at as "testedAt", n.traffic_bytes_most as "trafficBytesMost",
      n.traffic_used_bytes as "trafficUsedBytes", n.traffic_reset_day as "trafficResetDay",
      array(select distinct l.account_id from instances i join leases l on l.id = i.lease_id
        where i.node_id = n.id and i.desired <> 'released') as accounts
    from nodes n
    where n.state = 'offline' or (n.state = 'online' and (n.reach = 'unproven' or n.traffic_bytes_most is not null))
    order by n.last_seen_at`.execute(ctx.db);
  return rows;
}

interface Found {
  readonly count: number;
  readonly customers: number | null;
  readonly examples: readonly Example[];
}

export async function failedInstances(ctx: Context): Promise<Found> {
  const { rows } = await sql<{ id: string; name: string; at: Date; account_id: string }>`
    select i.id, n.name || coalesce(': ' || i.phase_reason, '') as name, i.phase_at as at, l.account_id
    from instances i join nodes n on n.id = i.node_id join leases l on l.id = i.lease_id
    where i.desired = 'running' and i.phase = 'failed' and n.state = 'online' order by i.phase_at`.execute(ctx.db);
  return {
    count: rows.length,
    customers: new Set(rows.map((row) => row.account_id)).size,
    examples: rows.slice(0, most),
  };
}

/** Neither whom they are for nor what they say: the outbox shows that to who may see it. */
export async function failedMails(ctx: Context): Promise<Found> {
  const { rows } = await sql<Example & { n: number }>`
    select id, kind as name, created_at as at, (count(*) over ())::int as n from mails where state = 'failed'
    order by created_at desc limit ${most}`.execute(ctx.db);
  return { count: rows[0]?.n ?? 0, customers: null, examples: rows };
}

const expirySoonMs = 14 * dayMs;

export async function expiringCertificates(ctx: Context): Promise<Found> {
  const { rows } = await sql<Example>`
    select id, array_to_string(names, ', ') as name, not_after as at from certificates
    where not_after < ${new Date(ctx.now().getTime() + expirySoonMs)} order by not_after`.execute(ctx.db);
  return { count: rows.length, customers: null, examples: rows.slice(0, most) };
}

const rateStepMs = 15 * minuteMs;

/** The rates of all nodes together, as means over steps. */
export async function fleetRate(ctx: Context): Promise<NonNullable<Overview["rate"]>> {
  const mean = (column: string) => sql`coalesce(sum(${sql.ref(column)}), 0)`;
  const { rows } = await sql<{
    at: Date;
    inBytesPerSecond: number;
    outBytesPerSecond: number;
    servedBytesPerSecond: number;
  }>`
    select at, ${mean("in_rate")} as "inBytesPerSecond", ${mean("out_rate")} as "outBytesPerSecond",
      ${mean("served_rate")} as "servedBytesPerSecond"
    from (
      select date_bin(${rateStepMs} * interval '1 ms', bucket, '2000-01-01 00:00:00Z') as at, node_id,
        avg(in_bytes_per_second) as in_rate, avg(out_bytes_per_second) as out_rate, avg(served_bytes_per_second) as served_rate
      from node_figures where bucket >= ${new Date(ctx.now().getTime() - dayMs)} group by 1, 2
    ) as by_node group by at order by at`.execute(ctx.db);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

export async function endingLeases(ctx: Context): Promise<NonNullable<Overview["ending"]>> {
  const now = ctx.now();
  const { rows } = await sql<{ leaseId: string; accountId: string; planName: string; until: Date; n: number }>`
    select l.id as "leaseId", l.account_id as "accountId", p.name as "planName", l.until, (count(*) over ())::int as n
    from leases l join plans p on p.id = l.plan_id
    where l.state in ('pending', 'active', 'suspended') and l.until > ${now} and l.until <= ${new Date(now.getTime() + 7 * dayMs)}
    order by l.until limit 10`.execute(ctx.db);
  const items = rows.map(({ n: _, ...row }) => ({ ...row, until: row.until.toISOString() }));
  return { count: rows[0]?.n ?? 0, items };
}

export async function firstSteps(ctx: Context): Promise<NonNullable<Overview["firstRun"]>> {
  const { rows } = await sql<NonNullable<Overview["firstRun"]>>`
    select exists (select from nodes where state in ('online', 'offline')) as node, exists (select from plans) as plan,
      exists (select from serials) as serials, exists (select from serials where state = 'used') as redeemed`.execute(
    ctx.db,
  );
  return rows[0]!;
}
