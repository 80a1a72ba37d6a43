import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import { may } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import type { Added, LeaseRow } from "./lease.ts";

const noLease = (leaseId: string) => new Refusal("not_found", "leases.not_found", `no lease ${leaseId}`);

export async function insertLease(ctx: Context, lease: LeaseRow): Promise<void> {
  await ctx.db
    .insertInto("leases")
    .values({ ...lease, options: JSON.stringify(lease.options) })
    .execute();
}

/** The lease, locked until the transaction ends. */
export async function lockLease(ctx: Context, leaseId: string): Promise<LeaseRow> {
  const row = await ctx.db.selectFrom("leases").selectAll().where("id", "=", leaseId).forUpdate().executeTakeFirst();
  if (!row) throw noLease(leaseId);
  return row;
}

/** The same, if the actor may touch it; what they may not see does not exist. */
export async function lockVisibleLease(ctx: Context, leaseId: string): Promise<LeaseRow> {
  const row = await lockLease(ctx, leaseId);
  requireVisible(ctx, row);
  return row;
}

export async function getVisibleLease(ctx: Context, leaseId: string): Promise<LeaseRow> {
  const row = await ctx.db.selectFrom("leases").selectAll().where("id", "=", leaseId).executeTakeFirst();
  if (!row) throw noLease(leaseId);
  requireVisible(ctx, row);
  return row;
}

/** A lease for work that nobody signed in asked for: a download by its secret. */
export async function findLease(ctx: Context, leaseId: string): Promise<LeaseRow | undefined> {
  return ctx.db.selectFrom("leases").selectAll().where("id", "=", leaseId).executeTakeFirst();
}

function requireVisible(ctx: Context, row: LeaseRow): void {
  const own = ctx.actor.kind === "account" && ctx.actor.accountId === row.account_id;
  if (!own && !may(ctx.actor, "leases.any")) throw noLease(row.id);
}

export async function updateLease(ctx: Context, leaseId: string, change: Partial<LeaseRow>): Promise<LeaseRow> {
  const { options, ...rest } = change;
  return ctx.db
    .updateTable("leases")
    .set({ ...rest, ...(options === undefined ? {} : { options: JSON.stringify(options) }) })
    .where("id", "=", leaseId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Adds what was counted to instances and leases, each row locked in the order of its id. An instance that began a new
 * generation meanwhile starts from zero there.
 */
export async function addUsedBytes(ctx: Context, added: readonly Added[]): Promise<void> {
  const column = <Key extends keyof Added>(key: Key) => added.map((row) => row[key]);
  await sql`select id from leases where id = any(${column("leaseId")}::text[]) order by id for update`.execute(ctx.db);
  await sql`
    update leases set used_bytes = used_bytes + sums.bytes
    from (select lease_id, sum(bytes)::bigint as bytes
          from unnest(${column("leaseId")}::text[], ${column("bytes")}::bigint[]) as t(lease_id, bytes) group by lease_id) as sums
    where leases.id = sums.lease_id`.execute(ctx.db);
  await sql`
    update instances set used_bytes = used_bytes + t.bytes
    from unnest(${column("instanceId")}::text[], ${column("generation")}::bigint[], ${column("presentBytes")}::bigint[])
      as t(id, generation, bytes)
    where instances.id = t.id and instances.generation = t.generation`.execute(ctx.db);
}

/** Active leases that have used up what they may. */
export async function leasesOverQuota(ctx: Context, limit: number): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("leases")
    .select("id")
    .where("state", "=", "active")
    .whereRef("used_bytes", ">=", "traffic_bytes")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Running leases whose time is over, oldest first. */
export async function dueLeases(ctx: Context, limit: number): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("leases")
    .select("id")
    .where("state", "in", ["pending", "active", "suspended"])
    .where("until", "<=", ctx.now())
    .orderBy("until")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Running leases whose reset cycle began before this moment, so that a new one may be due. */
export async function leasesWithPeriodBefore(
  ctx: Context,
  reset: string,
  before: Date,
  limit: number,
): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("leases")
    .select("id")
    .where("state", "in", ["active", "suspended"])
    .where("reset", "=", reset)
    .where("period_from", "<=", before)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
