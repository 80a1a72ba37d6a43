import { newId, Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";
import { banMinutes, forgivenAfterMs, points, type SignalKind, signalMs } from "./ban.ts";

export type BanRow = Row<"bans">;

export interface Signal {
  readonly place: string;
  readonly kind: SignalKind;
  /** What it is about, hashed: an account, a path. */
  readonly subject: string;
}

/** True when it is new: a repeated one changes nothing. */
export async function insertSignal(ctx: Context, { place, kind, subject }: Signal): Promise<boolean> {
  const at = ctx.now();
  const { numInsertedOrUpdatedRows } = await ctx.db
    .insertInto("attack_signals")
    .values({ place, kind, subject, points: points[kind], at })
    .onConflict((conflict) =>
      conflict
        .columns(["place", "kind", "subject"])
        .doUpdateSet({ at })
        .where("attack_signals.at", "<=", new Date(at.getTime() - signalMs)),
    )
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** All that was noted of a place and still counts. */
export async function sumSignals(ctx: Context, place: string) {
  return ctx.db
    .selectFrom("attack_signals")
    .select([
      sql<number>`coalesce(sum(points), 0)::int`.as("points"),
      sql<number>`count(*)::int`.as("signals"),
      sql<string[]>`coalesce(array_agg(distinct kind), '{}')`.as("kinds"),
    ])
    .where("place", "=", place)
    .where("at", ">", new Date(ctx.now().getTime() - signalMs))
    .executeTakeFirstOrThrow();
}

/** What a ban was made of counts for no other. */
export async function forgetSignalsOf(ctx: Context, place: string): Promise<void> {
  await ctx.db.deleteFrom("attack_signals").where("place", "=", place).execute();
}

/** Bans a place for longer than the last time; nothing where it is banned already, so of many who ban it one does. */
export async function saveBan(ctx: Context, place: string, reasons: string[]): Promise<BanRow | undefined> {
  const now = ctx.now();
  const forgiven = new Date(now.getTime() - forgivenAfterMs);
  const id = newId("ban", now);
  const again = sql<number>`case when b.until > ${forgiven} and b.lifted_at is null then b.strikes + 1 else 1 end`;
  const minutes = sql`(${sql.lit(`{${banMinutes.join(",")}}`)}::integer[])[least(${again}, ${banMinutes.length})]`;
  const { rows } = await sql<BanRow>`
    insert into bans as b (id, place, strikes, reasons, created_at, until)
    values (${id}, ${place}, 1, ${reasons}, ${now}, ${new Date(now.getTime() + banMinutes[0] * 60_000)})
    on conflict (place) do update
      set id = ${id}, strikes = ${again}, reasons = ${reasons}, created_at = ${now}, lifted_at = null, lifted_by = null,
          until = ${now}::timestamptz + make_interval(mins => ${minutes})
      where b.until <= ${now} or b.lifted_at is not null
    returning *`.execute(ctx.db);
  return rows[0];
}

export async function markLifted(ctx: Context, banId: string, by: string): Promise<BanRow> {
  const row = await ctx.db
    .updateTable("bans")
    .set({ lifted_at: ctx.now(), lifted_by: by })
    .where("id", "=", banId)
    .where("lifted_at", "is", null)
    .where("until", ">", ctx.now())
    .returningAll()
    .executeTakeFirst();
  if (!row) throw new Refusal("not_found", "guard.no_such_ban", `no ban ${banId}, or it is over`);
  return row;
}

/** Those that hold now, as far as anybody looks at them. */
export async function findBansInForce(ctx: Context): Promise<Pick<BanRow, "place" | "until">[]> {
  return ctx.db
    .selectFrom("bans")
    .select(["place", "until"])
    .where("until", ">", ctx.now())
    .where("lifted_at", "is", null)
    .orderBy("until", "desc")
    .limit(100_000)
    .execute();
}

export async function findBans(ctx: Context): Promise<BanRow[]> {
  return ctx.db.selectFrom("bans").selectAll().orderBy("created_at", "desc").limit(1_000).execute();
}

/** Drops what counts for nothing any more. */
export async function forgetBans(ctx: Context): Promise<void> {
  const now = ctx.now().getTime();
  await ctx.db
    .deleteFrom("bans")
    .where("until", "<=", new Date(now - forgivenAfterMs))
    .execute();
  await ctx.db
    .deleteFrom("attack_signals")
    .where("at", "<=", new Date(now - signalMs))
    .execute();
}
