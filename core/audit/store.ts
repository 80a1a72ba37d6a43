import { sql } from "kysely";
import pg from "pg";
import type { Context } from "../platform/context.ts";
import { isDatabaseAway } from "../platform/database.ts";
import type { SealedFields } from "./event.ts";

export interface Seal {
  readonly position: bigint;
  readonly event_id: string;
  readonly hash: Buffer;
}

export interface Head {
  readonly position: bigint;
  readonly hash: Buffer;
  readonly public_key: Buffer;
  readonly signature: Buffer;
  readonly signed_at: Date;
}

export async function insertEvent(ctx: Context, event: SealedFields): Promise<void> {
  const personal = event.personal === null ? null : JSON.stringify(event.personal);
  await ctx.db
    .insertInto("events")
    .values({ ...event, data: JSON.stringify(event.data), personal })
    .execute();
}

/** SQLSTATE classes of failures that are about one statement's values or its neighbours, not about the place to write to. */
const notAboutTheTable = ["22", "23", "40", "57"];

/** True when the database answers, but takes no event: full, read only, damaged, forbidden. */
export function isUnwritable(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || isDatabaseAway(error)) return false;
  // 25P02: an earlier statement failed, and that one is the reason.
  return error.code !== "25P02" && !notAboutTheTable.includes(error.code?.slice(0, 2) ?? "");
}

/** Only one sealer goes on; a second one waits until the first one's transaction ends. */
export async function lockChain(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('event chain'))`.execute(ctx.db);
}

/** Committed events without a seal, oldest first. */
export async function unsealedEvents(ctx: Context, limit: number): Promise<SealedFields[]> {
  return ctx.db
    .selectFrom("unsealed_events as u")
    .innerJoin("events as e", "e.id", "u.event_id")
    .selectAll("e")
    .orderBy("e.id")
    .limit(limit)
    .execute();
}

export async function lastSeal(ctx: Context): Promise<Seal | undefined> {
  return ctx.db.selectFrom("event_seals").selectAll().orderBy("position", "desc").limit(1).executeTakeFirst();
}

export async function insertSeals(ctx: Context, seals: readonly Seal[]): Promise<void> {
  const sealed_at = ctx.now();
  await ctx.db
    .insertInto("event_seals")
    .values(seals.map((seal) => ({ ...seal, sealed_at })))
    .execute();
  await ctx.db
    .deleteFrom("unsealed_events")
    .where(
      "event_id",
      "in",
      seals.map(({ event_id }) => event_id),
    )
    .execute();
}

export async function insertHead(ctx: Context, head: Head): Promise<void> {
  await ctx.db.insertInto("event_heads").values(head).execute();
}

/** Sealed events with their seals in order of position, after one position. */
export async function sealedEvents(ctx: Context, after: bigint, limit: number): Promise<(SealedFields & Seal)[]> {
  return ctx.db
    .selectFrom("event_seals as s")
    .innerJoin("events as e", "e.id", "s.event_id")
    .selectAll("e")
    .select(["s.position", "s.event_id", "s.hash"])
    .where("s.position", ">", after)
    .orderBy("s.position")
    .limit(limit)
    .execute();
}

/** Signed heads, newest first. */
export async function newestHeads(ctx: Context, limit: number): Promise<Head[]> {
  return ctx.db.selectFrom("event_heads").selectAll().orderBy("position", "desc").limit(limit).execute();
}

/** Events that are neither sealed nor queued for it: none, unless somebody wrote or deleted rows by hand. */
export async function forgottenEvents(ctx: Context): Promise<{ count: bigint; first: string | null }> {
  return ctx.db
    .selectFrom("events as e")
    .leftJoin("event_seals as s", "s.event_id", "e.id")
    .leftJoin("unsealed_events as u", "u.event_id", "e.id")
    .where("s.event_id", "is", null)
    .where("u.event_id", "is", null)
    .select((eb) => [eb.fn.countAll<bigint>().as("count"), eb.fn.min("e.id").as("first")])
    .executeTakeFirstOrThrow();
}

export async function allKeys(ctx: Context) {
  return ctx.db.selectFrom("event_keys").selectAll().execute();
}

export async function newestKey(ctx: Context) {
  return ctx.db.selectFrom("event_keys").selectAll().orderBy("created_at", "desc").limit(1).executeTakeFirst();
}

export async function insertKey(ctx: Context, key: { public_key: Buffer; private_key: Buffer }): Promise<void> {
  await ctx.db
    .insertInto("event_keys")
    .values({ ...key, created_at: ctx.now() })
    .execute();
}
