import type { audit, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { may } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { toItems } from "../platform/listing.ts";
import type { LiveEvent } from "../platform/live-topic.ts";
import { personalOpener } from "./personal.ts";
import { searchEvents } from "./search-store.ts";

type Page = InputOf<typeof audit.listEvents>;
type Item = ReplyOf<typeof audit.listEvents>["items"][number];

/** Events by any of their subjects, their time, and words in their data. */
export async function findEvents(ctx: Context, input: Page): Promise<ReplyOf<typeof audit.listEvents>> {
  const found = await searchEvents(ctx, input);
  const rows = await rowsOf(ctx, found.ids);
  return toItems(found, rows, await toItem(ctx, rows));
}

/** One event, as the list shows it. */
export async function showEvent(ctx: Context, eventId: string): Promise<Item> {
  const rows = await rowsOf(ctx, [eventId]);
  const [row] = rows;
  if (!row) throw new Refusal("not_found", "audit.not_found", `no event ${eventId}`);
  return (await toItem(ctx, rows))(row);
}

async function rowsOf(ctx: Context, ids: readonly string[]) {
  return ids.length === 0 ? [] : ctx.db.selectFrom("events").selectAll().where("id", "in", ids).execute();
}

type Row = Awaited<ReturnType<typeof rowsOf>>[number];

async function toItem(ctx: Context, rows: readonly Row[]): Promise<(row: Row) => Item> {
  const positions = await positionsOf(ctx, rows);
  const personal = may(ctx.actor, "events.personal") ? await personalOpener(ctx, rows) : undefined;
  return (row) => ({
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
  });
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
