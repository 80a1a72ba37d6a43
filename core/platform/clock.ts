import type { Clock } from "@berth/kit";
import type pg from "pg";

/** The database's clock, read over half a round trip, so that replicas agree on what is due. */
export async function databaseClock(pool: pg.Pool, local: Clock = () => new Date()): Promise<Clock> {
  const before = local().getTime();
  const { rows } = await pool.query<{ now: Date }>("select clock_timestamp() as now");
  const after = local().getTime();
  const offsetMs = (rows[0]?.now.getTime() ?? after) - (before + after) / 2;
  // Within the error of the measurement the two clocks are the same one.
  if (Math.abs(offsetMs) <= after - before + 1) return local;
  return () => new Date(local().getTime() + offsetMs);
}
