import { accountRoutes, accountSweeps, identify } from "@berth/core/accounts";
import { auditRoutes, sealSweep } from "@berth/core/audit";
import { noticeJobs, noticeRoutes } from "@berth/core/notices";
import type { Context } from "@berth/core/platform/context";
import type { Job } from "@berth/core/platform/jobs";
import { createServer } from "@berth/core/platform/server";
import type { Sweep } from "@berth/core/platform/sweeps";
import type { FastifyInstance } from "fastify";
import type pino from "pino";

/** Everything that runs beside requests. */
export const jobs: readonly Job[] = [...noticeJobs];
export const sweeps: readonly Sweep[] = [sealSweep, ...accountSweeps];

/** The HTTP side of control, all slices and offerings, not yet listening. */
export async function createApp(ctx: Context, log: pino.Logger): Promise<FastifyInstance> {
  const app = await createServer({ ctx, log, identify });
  auditRoutes(app);
  noticeRoutes(app);
  accountRoutes(app);
  return app;
}
