import type { FastifyInstance } from "fastify";
import pino from "pino";
import { createApp, jobs } from "../../apps/control/src/control.ts";
import type { Limits } from "../../core/guard/index.ts";
import type { Context } from "../../core/platform/context.ts";
import type { Tasks } from "../../core/platform/jobs.ts";

/** Control's HTTP side over another world than a test's own, as with a database that is away. */
export function appOver(ctx: Context, limits?: Limits): Promise<FastifyInstance> {
  return createApp(ctx, {
    limits,
    log: pino({ level: "silent" }),
    linkUrl: "https://127.0.0.1:8443",
    publicUrl: "http://test",
  });
}

/** Does a job as the queue would. */
export async function runJob<Name extends keyof Tasks>(ctx: Context, name: Name, payload: Tasks[Name]): Promise<void> {
  const job = jobs(undefined).find((job) => job.name === name);
  if (!job) throw new Error(`nobody does ${name}`);
  await job.handle(ctx, payload as never);
}
