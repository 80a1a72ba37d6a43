import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Tables } from "./gen/tables.ts";

/** Counters and money are `bigint` all the way; pg would hand them over as text. */
pg.types.setTypeParser(pg.types.builtins.INT8, BigInt);

export interface Database {
  readonly db: Kysely<Tables>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * A pool that survives its server: a lost connection fails the query that used it and nothing else. A statement may take
 * 30 s, an idle transaction 15 s; waiting for a connection is refused after 5 s.
 */
export function openDatabase(url: string, { connections = 16 } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
  });
  // An idle client whose server died reports here; without a listener that would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    pool,
    async close() {
      await db.destroy();
      if (!pool.ended) await pool.end(); // Kysely ends only a pool that it has used
    },
  };
}

/** True for the SQLSTATE of a broken unique promise, optionally of one named constraint. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === "23505" &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** True when a row could not go because another one refers to it, or could not refer to one that is not there. */
export function isReferenced(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "23503";
}

/** True when the database ended a transaction because it and another waited for each other. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "40P01";
}

/** True when a text can't be a value at all, as with a NUL character: PostgreSQL has no place for it, in JSON neither. */
export function isUnstorable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === "22021" || error.code === "22P05");
}

/** What a database lacks that answers, but can't do it now: room, or what it works with. */
export function lackOf(error: unknown): "room" | "strength" | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  const { code = "", routine = "" } = error;
  // Disk full; a file that may not grow has no SQLSTATE of its own, and is told by who reports it.
  if (code === "53100" || code === "58030" || (code === "XX000" && /^md(zero)?extend$/.test(routine))) return "room";
  // Memory, connections, other resources; a statement that took longer than it may.
  return code.startsWith("53") || code === "57014" ? "strength" : undefined;
}

/** True when the same call may work later although nothing about it changes. */
export function isPassing(error: unknown): boolean {
  return isDatabaseAway(error) || lackOf(error) !== undefined;
}

/** True when the database is away or restarting, so that the same call may work in a moment. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code?.startsWith("57P") || error.code?.startsWith("08") || false;
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EPIPE" || code === "ENOENT") return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered/.test(error.message);
}
