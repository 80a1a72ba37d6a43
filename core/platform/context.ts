import type { Kysely } from "kysely";
import type { Actor } from "./actor.ts";
import { isDeadlock } from "./database.ts";
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
}

/**
 * Rows and jobs written inside commit together, or not at all. Nested calls join the outer transaction. Work that the
 * database gave up to end a deadlock is done again from its beginning, so it touches nothing but the database.
 */
export async function transaction<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  if (ctx.db.isTransaction) return work(ctx);
  for (let attempt = 1; ; attempt++) {
    try {
      return await ctx.db.transaction().execute((db) => work({ ...ctx, db }));
    } catch (error) {
      if (attempt === 4 || !isDeadlock(error)) throw error;
    }
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
