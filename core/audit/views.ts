import type { audit, InputOf, ReplyOf } from "@berth/api";
import { type ExpressionBuilder, type QueryCreator, sql } from "kysely";
import { may } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import type { Tables } from "../platform/gen/tables.ts";
import type { LiveEvent } from "../platform/live-topic.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import { personalOpener } from "./personal.ts";

type Filter = Omit<InputOf<typeof audit.listEvents>, "after" | "limit">;
type Page = InputOf<typeof audit.listEvents>;
type Item = ReplyOf<typeof audit.listEvents>["items"][number];

/** Events, newest first, by any of their subjects, their time, and words in their data. */
export async function findEvents(ctx: Context, input: Page): Promise<ReplyOf<typeof audit.listEvents>> {
  const rows = await searchEvents(ctx, input);
  const positions = await positionsOf(ctx, rows);
  const personal = may(ctx.actor, "events.personal") ? await personalOpener(ctx, rows) : undefined;
  return toPage(
    rows,
    input.limit,
    (row): Item => ({
      id: row.id,
      at: row.at.toISOString(),
      name: row.name,
      actor: row.actor,
      accountId: row.account_id,
      leaseId: row.lease_id,
      nodeId: row.node_id,
      data: row.data as Record<string, unknown>,
      ...(personal ? { personal: personal(row.id, row.personal) } : {}),
      position: positions.get(row.id) ?? null,
    }),
  );
}

/** As many matches are sorted; beyond it going through events by time finds a page's worth sooner. */
const fewMatches = 20_000;

/** One page, and a row more if there is one. */
export async function searchEvents(ctx: Context, input: Page) {
  if (input.text && (await isRare(ctx, input.text))) {
    // Fenced: the planner would rather go through all events by time, hoping to meet the word early.
    const fenced = ctx.db.with(
      (cte) => cte("found").materialized(),
      (db) => filtered(db, input),
    );
    return fenced
      .selectFrom("found")
      .selectAll()
      .orderBy("at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute();
  }
  return filtered(ctx.db, input)
    .orderBy("e.at", "desc")
    .orderBy("e.id", "desc")
    .limit(input.limit + 1)
    .execute();
}

function filtered(db: QueryCreator<Tables>, { after: cursor, limit: _, ...filter }: Page) {
  const after = pageAfter(cursor);
  const matching = db.selectFrom("events as e").selectAll("e").where(matches(filter));
  return after ? matching.where((eb) => eb(eb.refTuple("e.at", "e.id"), "<", eb.tuple(after.at, after.id))) : matching;
}

async function isRare(ctx: Context, text: string): Promise<boolean> {
  const some = ctx.db
    .selectFrom("events as e")
    .select("e.id")
    .where(words(text))
    .limit(fewMatches + 1);
  const { count } = await ctx.db
    .selectFrom(some.as("some"))
    .select((eb) => eb.fn.countAll<bigint>().as("count"))
    .executeTakeFirstOrThrow();
  return count <= fewMatches;
}

async function positionsOf(ctx: Context, rows: readonly { readonly id: string }[]): Promise<Map<string, number>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const seals = await ctx.db
    .selectFrom("event_seals")
    .select(["event_id", "position"])
    .where("event_id", "in", ids)
    .execute();
  return new Map(seals.map(({ event_id, position }) => [event_id, Number(position)]));
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

/** The latest position of the chain. */
export async function newestPosition(ctx: Context): Promise<bigint> {
  const { newest } = await ctx.db
    .selectFrom("event_seals")
    .select((eb) => eb.fn.max("position").as("newest"))
    .executeTakeFirstOrThrow();
  return newest ?? 0n;
}

/** Sealed events in order, for live views. What is about a lease belongs to whose lease it is, whoever did it. */
export async function eventsAfter(ctx: Context, position: bigint, limit: number): Promise<LiveEvent[]> {
  const rows = await ctx.db
    .selectFrom("event_seals as s")
    .innerJoin("events as e", "e.id", "s.event_id")
    .leftJoin("leases as l", "l.id", "e.lease_id")
    .select(["s.position", "e.id", "e.name", "e.account_id", "e.lease_id", "e.node_id", "e.data"])
    .select("l.account_id as lessee_id")
    .where("s.position", ">", position)
    .orderBy("s.position")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    position: row.position,
    id: row.id,
    name: row.name,
    accountId: row.lessee_id ?? row.account_id,
    leaseId: row.lease_id,
    nodeId: row.node_id,
    data: row.data as Record<string, unknown>,
  }));
}
