import type { TestDatabase } from "./database.ts";

/** Until so many statements of this database wait for a lock. Bounded by the test's own time. */
export async function untilBlocked({ pool }: TestDatabase, many: number): Promise<void> {
  const blocked = `select count(*)::int as many from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await pool.query(blocked)).rows[0].many < many) await new Promise((resolve) => setImmediate(resolve));
}
