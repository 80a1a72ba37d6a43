import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import { asSystem, type Context } from "./context.ts";
import { isDatabaseAway, isPassing } from "./database.ts";

/** Work that is due by the clock: found by looking, so a late or missed run loses nothing. */
export interface Sweep {
  readonly name: string;
  readonly everyMs: number;
  /** Runs on one replica at a time. */
  readonly run: (ctx: Context) => Promise<unknown>;
}

/** Starts all sweeps. Each waits for its own last run; a failed one is logged and comes again at its next turn. */
export function startSweeps(ctx: Context, sweeps: readonly Sweep[]): { close(): Promise<void> } {
  let closed = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();

  const schedule = (sweep: Sweep) => {
    if (closed) return;
    const turn = () => {
      running.set(
        sweep.name,
        runSweep(ctx, sweep).finally(() => schedule(sweep)),
      );
    };
    timers.set(sweep.name, setTimeout(turn, sweep.everyMs));
  };
  for (const sweep of sweeps) schedule(sweep);

  return {
    async close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}

/** Does the work for each id in turn. One that fails is logged and holds up no other; it is found again next time. */
export async function forEach(
  ctx: Context,
  ids: readonly string[],
  work: (id: string) => Promise<unknown>,
): Promise<void> {
  for (const id of ids) {
    try {
      await work(id);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      // Somebody else was faster: what was due is not due any more.
      if (error instanceof Refusal) ctx.log.debug({ id, code: error.code }, "sweep came too late for one");
      else ctx.log.error({ id, error: (error as Error).stack }, "sweep failed for one");
    }
  }
}

async function runSweep(ctx: Context, sweep: Sweep): Promise<void> {
  try {
    await alone(asSystem(ctx, sweep.name), sweep);
  } catch (error) {
    if (isPassing(error)) {
      ctx.log.warn({ sweep: sweep.name, error: (error as Error).message }, "sweep skipped, database away or full");
    } else ctx.log.error({ sweep: sweep.name, error: (error as Error).stack }, "sweep failed");
  }
}

/** Holds a session lock on one connection while the sweep uses others; the lock dies with the connection. */
async function alone(ctx: Context, sweep: Sweep): Promise<void> {
  await ctx.db.connection().execute(async (connection) => {
    const { rows } = await sql<{
      held: boolean;
    }>`select pg_try_advisory_lock(hashtext(${`sweep:${sweep.name}`})) as held`.execute(connection);
    if (!rows[0]?.held) return;
    try {
      await sweep.run(ctx);
    } finally {
      await sql`select pg_advisory_unlock(hashtext(${`sweep:${sweep.name}`}))`.execute(connection);
    }
  });
}
