import type { audit, InputOf } from "@berth/api";
import { type ExpressionBuilder, type QueryCreator, sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Tables } from "../platform/gen/tables.ts";
import { pageAfter } from "../platform/paging.ts";

type Page = InputOf<typeof audit.listEvents>;
type Filter = Omit<Page, "after" | "limit">;

/** One page, newest first, and a row more if there is one. */
export async function searchEvents(ctx: Context, input: Page) {
  if (input.text) return searchWords(ctx, input);
  return filtered(ctx.db, input)
    .orderBy("e.at", "desc")
    .orderBy("e.id", "desc")
    .limit(input.limit + 1)
    .execute();
}

/**
 * So many events are looked through first, and then more: a frequent word is met early, and the rows of a rare one are
 * few wherever they are. Left alone, the database either fetches all rows of a frequent word, or goes through all events in
 * search of a rare one.
 */
const spans = [25_000n, 200_000n, 1_600_000n];

async function searchWords(ctx: Context, input: Page) {
  // An account's or a lease's events are few.
  const start = input.accountId || input.leaseId ? undefined : await positionBefore(ctx, input);
  for (const span of start === undefined ? [] : spans) {
    const from = await momentAt(ctx, (start ?? 0n) - span);
    if (!from) break;
    const rows = await sorted(ctx, input, from);
    if (rows.length > input.limit) return rows;
  }
  return sorted(ctx, input);
}

/** Fenced: the order must not lead the planner away from the index of words. */
function sorted(ctx: Context, input: Page, from?: Date) {
  const fenced = ctx.db.with(
    (cte) => cte("found").materialized(),
    (db) => (from ? filtered(db, input).where("e.at", ">=", from) : filtered(db, input)),
  );
  return fenced
    .selectFrom("found")
    .selectAll()
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
}

/** About where in the chain the page begins: all that matters is how far the looking goes at a time. */
async function positionBefore(ctx: Context, { after, to }: Page): Promise<bigint | undefined> {
  const cursor = pageAfter(after);
  const before = cursor?.at ?? (to ? new Date(to) : undefined);
  const newest = ctx.db
    .selectFrom("events as e")
    .select("e.id")
    .$if(before !== undefined, (query) => query.where("e.at", "<", before as Date))
    .orderBy("e.at", "desc")
    .orderBy("e.id", "desc")
    .limit(100);
  const found = await ctx.db
    .selectFrom("event_seals")
    .select((eb) => eb.fn.max("position").as("position"))
    .where("event_id", "in", newest)
    .executeTakeFirst();
  return found?.position ?? undefined;
}

async function momentAt(ctx: Context, position: bigint): Promise<Date | undefined> {
  const found = await ctx.db
    .selectFrom("event_seals as s")
    .innerJoin("events as e", "e.id", "s.event_id")
    .select("e.at")
    .where("s.position", "=", position)
    .executeTakeFirst();
  return found?.at;
}

function filtered(db: QueryCreator<Tables>, { after: cursor, limit: _, ...filter }: Page) {
  const after = pageAfter(cursor);
  const matching = db.selectFrom("events as e").selectAll("e").where(matches(filter));
  return after ? matching.where((eb) => eb(eb.refTuple("e.at", "e.id"), "<", eb.tuple(after.at, after.id))) : matching;
}

type Events = ExpressionBuilder<{ e: Tables["events"] }, "e">;

const columns = {
  name: "e.name",
  actor: "e.actor",
  accountId: "e.account_id",
  leaseId: "e.lease_id",
  nodeId: "e.node_id",
} as const;

function matches({ from, to, text, ...subjects }: Filter) {
  return (eb: Events) =>
    eb.and([
      ...Object.entries(columns).flatMap(([field, column]) => {
        const value = subjects[field as keyof typeof columns];
        return value ? [eb(column, "=", value)] : [];
      }),
      ...(from ? [eb("e.at", ">=", new Date(from))] : []),
      ...(to ? [eb("e.at", "<", new Date(to))] : []),
      ...(text ? [words(text)] : []),
    ]);
}

/** Written as in the index `events_words`, otherwise PostgreSQL does not use it. */
const between = sql.lit('{}[]":,_-./@');
const blanks = sql.lit(" ".repeat(12));

function words(text: string) {
  return sql<boolean>`to_tsvector('simple', translate(e.data::text, ${between}, ${blanks}))
    @@ plainto_tsquery('simple', translate(${text}, ${between}, ${blanks}))`;
}
