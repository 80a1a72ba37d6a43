import { Refusal } from "@berth/kit";
import { type Kysely, sql } from "kysely";
import type { Actor } from "./actor.ts";
import { isDatabaseAway, isDeadlock } from "./database.ts";
import type { Tables } from "./gen/tables.ts";
import type { Keys } from "./keys.ts";
import type { Log } from "./logger.ts";
import type { Offerings } from "./offerings.ts";

/** What a use case needs from the outside world. It holds no services: slices import each other's functions. */
export interface Context {
  /** The pool, or the open transaction inside `transaction`. */
  readonly db: Kysely<Tables>;
  readonly now: () => Date;
  readonly actor: Actor;
  readonly log: Log;
  readonly offerings: Offerings;
  /** Seals what must not lie readable in the database. */
  readonly keys: Keys;
  /** Only in a dry run, whose transaction is rolled back: takes the events that would have been recorded. */
  readonly dryRun?: { readonly events: NotedEvent[] };
}

/** An event before it has an id: who it is about and what it says. */
export interface NotedEvent {
  readonly name: string;
  readonly accountId: string | null;
  readonly leaseId: string | null;
  readonly nodeId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Transactions around a whole request: each transaction of its use cases is a savepoint in it. */
const aroundRequests = new WeakSet<object>();

/**
 * Rows and jobs written inside commit together, or not at all. Nested calls join the outer transaction. Work that the
 * database gave up to end a deadlock is done again from its beginning, so it touches nothing but the database.
 */
export async function transaction<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  if (!ctx.db.isTransaction) return inNewTransaction(ctx, work);
  return aroundRequests.has(ctx.db) ? inSavepoint(ctx, work) : work(ctx);
}

/**
 * One transaction around a request whose use cases have transactions of their own. Those that fail are undone alone, and a
 * refusal commits the others: so the request leaves what it would leave without this one.
 */
export async function requestTransaction<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  const outcome = await inNewTransaction(ctx, async (ctx) => {
    aroundRequests.add(ctx.db);
    try {
      return { value: await work(ctx) };
    } catch (error) {
      if (error instanceof Refusal) return { refusal: error };
      throw error;
    }
  });
  if ("refusal" in outcome) throw outcome.refusal;
  return outcome.value;
}

async function inNewTransaction<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ctx.db.transaction().execute((db) => work({ ...ctx, db }));
    } catch (error) {
      if (attempt === 4 || !isDeadlock(error)) throw error;
    }
  }
}

/** Savepoints of one name hide each other, innermost first, as nested calls end. */
async function inSavepoint<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  const noted = ctx.dryRun?.events.length;
  await sql`savepoint inner_transaction`.execute(ctx.db);
  try {
    const result = await work(ctx);
    await sql`release savepoint inner_transaction`.execute(ctx.db);
    return result;
  } catch (error) {
    ctx.dryRun?.events.splice(noted ?? 0);
    // With the connection gone there is nothing to go back to, and its own error says more.
    if (!isDatabaseAway(error)) await sql`rollback to savepoint inner_transaction`.execute(ctx.db);
    throw error;
  }
}

/** Reads everything as it is at one moment, however many statements that takes. Writes nothing. */
export async function snapshot<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  const reading = ctx.db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only");
  return reading.execute((db) => work({ ...ctx, db }));
}

/** The same world for work that nobody asked for: a job, a sweep, a start. */
export function asSystem(ctx: Context, task: string): Context {
  return { ...ctx, actor: { kind: "system", task } };
}
