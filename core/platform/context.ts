import type { Kysely } from "kysely";
import type { Actor } from "./actor.ts";
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

/** Rows and jobs written inside commit together, or not at all. Nested calls join the outer transaction. */
export function transaction<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  if (ctx.db.isTransaction) return work(ctx);
  return ctx.db.transaction().execute((db) => work({ ...ctx, db }));
}

/** The same world for work that nobody asked for: a job, a sweep, a start. */
export function asSystem(ctx: Context, task: string): Context {
  return { ...ctx, actor: { kind: "system", task } };
}
