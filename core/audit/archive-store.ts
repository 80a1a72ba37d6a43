import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Head, Seal } from "./store.ts";

/** One writer at a time, over all replicas, until its transaction ends: who lost it commits no row. */
export async function lockArchive(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('audit.archive'))`.execute(ctx.db);
}

export async function newestArchive(ctx: Context) {
  return ctx.db.selectFrom("event_archives").selectAll().orderBy("last_position", "desc").limit(1).executeTakeFirst();
}

export async function allArchives(ctx: Context) {
  return ctx.db.selectFrom("event_archives").selectAll().orderBy("day").execute();
}

export interface TimedSeal extends Seal {
  readonly sealed_at: Date;
}

/** The first seal after a position, of those that were written at that time or later. */
export async function findSealAfter(ctx: Context, position: bigint, since?: Date): Promise<TimedSeal | undefined> {
  let query = ctx.db.selectFrom("event_seals").selectAll().where("position", ">", position);
  if (since) query = query.where("sealed_at", ">=", since);
  return query.orderBy("position").limit(1).executeTakeFirst();
}

/** The last seal before a position, or at the chain's end. */
export async function findSealBefore(ctx: Context, position?: bigint): Promise<Seal | undefined> {
  const query = ctx.db.selectFrom("event_seals").selectAll().orderBy("position", "desc").limit(1);
  return (position === undefined ? query : query.where("position", "<", position)).executeTakeFirst();
}

/** The newest head that was signed between two positions. */
export async function findHeadWithin(ctx: Context, first: bigint, last: bigint): Promise<Head | undefined> {
  const query = ctx.db
    .selectFrom("event_heads")
    .selectAll()
    .where("position", ">=", first)
    .where("position", "<=", last);
  return query.orderBy("position", "desc").limit(1).executeTakeFirst();
}

export interface Archived {
  readonly day: string;
  readonly first: bigint;
  readonly last: bigint;
}

export async function insertArchive(ctx: Context, { day, first, last }: Archived): Promise<void> {
  await ctx.db
    .insertInto("event_archives")
    .values({ day, first_position: first, last_position: last, written_at: ctx.now() })
    .execute();
}

export async function daysBefore(ctx: Context, day: string): Promise<string[]> {
  const query = ctx.db
    .selectFrom("event_archives")
    .select("day")
    .where("removed_at", "is", null)
    .where("day", "<", day);
  return (await query.orderBy("day").execute()).map((row) => row.day);
}

export async function markRemoved(ctx: Context, day: string): Promise<void> {
  await ctx.db.updateTable("event_archives").set({ removed_at: ctx.now() }).where("day", "=", day).execute();
}

/** Whether a failure of this kind was told since a file was last written. */
export async function isFailureTold(ctx: Context, kind: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from events where name = 'audit.archive_failed' and data->>'kind' = ${kind}
      and at > coalesce((select max(written_at) from event_archives), '-infinity') limit 1`.execute(ctx.db);
  return rows.length > 0;
}
