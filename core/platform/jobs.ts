import { backoffMs, sleep } from "@berth/kit";
import { type JobHelpers, Logger, makeWorkerUtils, run, type TaskList } from "graphile-worker";
import { sql } from "kysely";
import type pg from "pg";
import { asSystem, type Context } from "./context.ts";

/** Task names and payloads; the slice that owns a task declares it here by declaration merging. Payloads hold ids only. */
// biome-ignore lint/suspicious/noEmptyInterface: slices merge into it
export interface Tasks {}

export interface Job {
  readonly name: keyof Tasks;
  /** Safe to repeat: reads the present state and does what is left to do. */
  readonly handle: (ctx: Context, payload: never) => Promise<unknown>;
}

/** One job, typed by its declaration in `Tasks`. */
export function job<Name extends keyof Tasks>(
  name: Name,
  handle: (ctx: Context, payload: Tasks[Name]) => Promise<unknown>,
): Job {
  return { name, handle };
}

/** Queues a job in the caller's transaction. With a `key`, a job that still waits is replaced. */
export async function enqueue<Name extends keyof Tasks>(
  ctx: Context,
  name: Name,
  payload: Tasks[Name],
  options: { key?: string } = {},
): Promise<void> {
  await sql`select graphile_worker.add_job(${name}, ${JSON.stringify(payload)}::json, job_key => ${options.key ?? null})`.execute(
    ctx.db,
  );
}

/** Makes the queue's own tables. */
export async function migrateJobs(pool: pg.Pool): Promise<void> {
  const utils = await makeWorkerUtils({ pgPool: pool });
  try {
    await utils.migrate();
  } finally {
    await utils.release();
  }
}

/** Runs jobs until closed. The runner ends when it loses its database: it is started anew, with backoff. */
export function startJobs(ctx: Context, pool: pg.Pool, jobs: readonly Job[]): { close(): Promise<void> } {
  const stop = new AbortController();
  const ended = keepRunning(ctx, { pool, jobs, signal: stop.signal });
  return {
    async close() {
      stop.abort();
      await ended;
    },
  };
}

interface Runner {
  readonly pool: pg.Pool;
  readonly jobs: readonly Job[];
  readonly signal: AbortSignal;
}

async function keepRunning(ctx: Context, { pool, jobs, signal }: Runner): Promise<void> {
  const options = {
    pgPool: pool,
    taskList: toTaskList(ctx, jobs),
    crontab: "",
    concurrency: 4,
    pollInterval: 1_000,
    noHandleSignals: true,
    logger: quietLogger(ctx),
  };
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const runner = await run(options);
      attempt = 0;
      const onAbort = () => void runner.stop().catch(() => {});
      // It may have been told to while it began.
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      await runner.promise.finally(() => signal.removeEventListener("abort", onAbort));
    } catch (error) {
      ctx.log.warn({ error: (error as Error).message }, "job runner stopped, starting again");
    }
    await sleep(backoffMs(attempt), signal).catch(() => {});
  }
}

function toTaskList(ctx: Context, jobs: readonly Job[]): TaskList {
  return Object.fromEntries(
    jobs.map(({ name, handle }) => [
      name,
      async (payload: unknown, helpers: JobHelpers) => {
        const task = String(name);
        try {
          await handle(asSystem(ctx, task), payload as never);
        } catch (error) {
          ctx.log.warn({ task, attempt: helpers.job.attempts, error: (error as Error).stack }, "job failed");
          throw error;
        }
      },
    ]),
  );
}

/** The runner's own chatter is for the person at the keyboard; what matters is logged above. */
function quietLogger(ctx: Context): Logger {
  return new Logger(() => (level, message) => {
    if (level === "error" || level === "warning") ctx.log.debug({ message }, "job runner said");
  });
}
