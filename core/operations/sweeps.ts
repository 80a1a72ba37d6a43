import { dayMs, hourMs, secondMs } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { closeLostStreams } from "./close.ts";
import { deleteOperationsBefore, expireItems } from "./store.ts";
import { deleteStreamsBefore } from "./stream-store.ts";

const keptMs = 90 * dayMs;

/** Gives an end to everything that was not answered in time. */
export async function expireOperations(ctx: Context): Promise<void> {
  const expired = await expireItems(ctx);
  if (expired > 0) ctx.log.info({ expired }, "operations expired");
}

export const operationSweeps: readonly Sweep[] = [
  { name: "operations.expire", everyMs: 2 * secondMs, run: expireOperations },
  { name: "streams.close_lost", everyMs: 2 * secondMs, run: closeLostStreams },
  {
    name: "operations.forget",
    everyMs: hourMs,
    run: async (ctx) => {
      await deleteOperationsBefore(ctx, new Date(ctx.now().getTime() - keptMs));
      await deleteStreamsBefore(ctx, new Date(ctx.now().getTime() - dayMs));
    },
  },
];
