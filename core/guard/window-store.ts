import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { type Decision, type Limit, toDecision } from "./limit.ts";

/**
 * Takes one of what a limit allows, if there is one. Check and taking are one statement on one row, which PostgreSQL locks:
 * however many ask at once, on however many replicas, no more than `most` are let in within any span of the window. A replica
 * whose clock is behind counts at the time of the newest hit, so that the log stays in order.
 */
export async function takeExactly(ctx: Context, limit: Limit, key: string): Promise<Decision> {
  const now = ctx.now();
  const window = sql`${`${limit.windowMs} milliseconds`}::interval`;
  const present = sql`greatest(${now}::timestamptz, w.hits[cardinality(w.hits)])`;
  const counting = sql`array(select hit from unnest(w.hits) as hit where hit > ${present} - ${window} order by hit)`;
  const { rows } = await sql<{ hits: Date[]; taken: boolean }>`
    with taken as (
      insert into rate_windows as w (key, hits, until)
      values (${key}, array[${now}::timestamptz], ${now}::timestamptz + ${window})
      on conflict (key) do update set hits = ${counting} || ${present}, until = ${present} + ${window}
        where cardinality(${counting}) < ${limit.most}
      returning hits
    )
    select hits, true as taken from taken
    union all
    select hits, false from rate_windows where key = ${key} and not exists (select from taken)`.execute(ctx.db);
  const { hits, taken } = rows[0] ?? { hits: [], taken: false };
  const times = hits.map((hit) => hit.getTime());
  return toDecision(limit, taken ? times.slice(0, -1) : times, now.getTime(), taken);
}

export interface Shared {
  readonly replica: string;
  readonly seq: bigint;
  readonly at: Date;
  readonly keys: string[];
  readonly counts: number[];
}

export async function insertShare(ctx: Context, share: Shared): Promise<void> {
  await ctx.db.insertInto("rate_shares").values(share).execute();
}

/** What others shared since a moment, in the order in which each of them did. */
export async function findShares(ctx: Context, replica: string, since: Date): Promise<Shared[]> {
  return ctx.db
    .selectFrom("rate_shares")
    .selectAll()
    .where("at", ">", since)
    .where("replica", "<>", replica)
    .orderBy("seq")
    .execute();
}

/** Drops what counts no more. */
export async function forgetWindows(ctx: Context, sharedBefore: Date): Promise<void> {
  await ctx.db.deleteFrom("rate_windows").where("until", "<=", ctx.now()).execute();
  await ctx.db.deleteFrom("rate_shares").where("at", "<=", sharedBefore).execute();
}

/** True where this subject was proven from this place since a moment. */
export async function isKnownPlace(ctx: Context, subject: string, place: string, since: Date): Promise<boolean> {
  const row = await ctx.db
    .selectFrom("known_places")
    .select("seen_at")
    .where("subject", "=", subject)
    .where("place", "=", place)
    .where("seen_at", ">", since)
    .executeTakeFirst();
  return row !== undefined;
}

export async function saveKnownPlace(ctx: Context, subject: string, place: string): Promise<void> {
  const seen_at = ctx.now();
  await ctx.db
    .insertInto("known_places")
    .values({ subject, place, seen_at })
    .onConflict((conflict) => conflict.columns(["subject", "place"]).doUpdateSet({ seen_at }))
    .execute();
}

export async function forgetPlaces(ctx: Context, before: Date): Promise<void> {
  await ctx.db.deleteFrom("known_places").where("seen_at", "<=", before).execute();
}
