import { audit as api, type InputOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { type FoundPage, findPage, type Listing, positionOf, type Sql } from "../platform/listing.ts";
import { equals, within } from "../platform/listing-filters.ts";

type Input = InputOf<typeof api.listEvents>;

const listing: Listing = {
  route: api.listEvents,
  from: sql`events e`,
  id: sql`e.id`,
  sorts: { at: { by: sql`e.at`, type: "timestamptz" } },
};

/** The events of a page. */
export async function searchEvents(ctx: Context, input: Input): Promise<FoundPage> {
  const all = matching(input);
  if (input.q === undefined) return findPage(ctx, listing, input, { all });
  for (const bound of await boundsOf(ctx, input)) {
    const found = await findPage(ctx, listing, input, { all: [...all, bound], isFenced: true });
    if (found[isBackward(input) ? "previous" : "next"] !== null) return found;
  }
  return findPage(ctx, listing, input, { all, isFenced: true });
}

const isBackward = ({ before }: Input) => before !== undefined;

function matching({ q, from, to, ...subjects }: Input): Sql[] {
  return [
    ...equals(sql`e.name`, subjects.name),
    ...equals(sql`e.actor`, subjects.actor),
    ...equals(sql`e.account_id`, subjects.accountId),
    ...equals(sql`e.lease_id`, subjects.leaseId),
    ...equals(sql`e.node_id`, subjects.nodeId),
    ...within(sql`e.at`, from, to),
    ...(q === undefined ? [] : [words(q)]),
  ];
}

/** Written as in the index `events_words`, otherwise PostgreSQL does not use it. */
const between = sql.lit('{}[]":,_-./@');
const blanks = sql.lit(" ".repeat(12));

function words(text: string): Sql {
  return sql`to_tsvector('simple', translate(e.data::text, ${between}, ${blanks}))
    @@ plainto_tsquery('simple', translate(${text}, ${between}, ${blanks}))`;
}

/**
 * So many events are looked through first, and then more: a frequent word is met early, and the rows of a rare one are
 * few wherever they are. Left alone, the database either fetches all rows of a frequent word, or goes through all events in
 * search of a rare one.
 */
const spans = [2_500n, 25_000n, 200_000n, 1_600_000n];

/** How far to look at a time, from where the page begins. */
async function boundsOf(ctx: Context, input: Input): Promise<Sql[]> {
  // An account's or a lease's events are few.
  if (input.accountId !== undefined || input.leaseId !== undefined) return [];
  const isFalling = input.sort.startsWith("-") !== isBackward(input);
  const start = await startOf(ctx, input, isFalling);
  if (start === undefined) return [];
  const bounds: Sql[] = [];
  for (const span of spans) {
    const moment = await momentAt(ctx, start + (isFalling ? -span : span));
    if (!moment) break;
    bounds.push(sql`e.at ${sql.raw(isFalling ? ">=" : "<=")} ${moment}::timestamptz`);
  }
  return bounds;
}

/** About where in the chain the page begins: all that matters is how far the looking goes at a time. */
async function startOf(ctx: Context, input: Input, isFalling: boolean): Promise<bigint | undefined> {
  const position = positionOf(ctx, listing, input);
  const edge = isFalling ? input.to : input.from;
  const beyond = [
    ...(position ? [position.key] : []),
    ...(edge === undefined ? [] : [new Date(edge).toISOString()]),
  ].map((moment) => sql`e.at ${sql.raw(isFalling ? "<=" : ">=")} ${moment}::timestamptz`);
  const way = sql.raw(isFalling ? "desc" : "asc");
  const { rows } = await sql<{ position: bigint | null }>`
    select ${sql.raw(isFalling ? "max" : "min")}((select s.position from event_seals s where s.event_id = near.id)) as position
    from (
      select e.id from events e where ${beyond.length === 0 ? sql`true` : sql.join(beyond, sql` and `)}
      order by e.at ${way}, e.id ${way} limit 100
    ) near`.execute(ctx.db);
  return rows[0]?.position ?? undefined;
}

async function momentAt(ctx: Context, position: bigint): Promise<string | undefined> {
  const { rows } = await sql<{ at: string }>`
    select e.at::text from event_seals s join events e on e.id = s.event_id where s.position = ${position}`.execute(
    ctx.db,
  );
  return rows[0]?.at;
}
