import { dayMs, hourMs, secondMs } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { closeLostStreams } from "./close.ts";
import { deleteOperationsBefore, expireItems } from "./store.ts";
import { deleteStreamsBefore } from "./stream-store.ts";

const keptMs = 90 * dayMs;

/** Gives an end to everything that was not answered in time. */
export async function expireOperations(ctx: Context): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const expired = await expireItems(ctx);
    for (const { id, operation_id: operationId, node_id: nodeId } of expired) {
      await record(ctx, { name: "operations.answered", nodeId, data: { operationId, itemId: id, state: "expired" } });
    }
    if (expired.length > 0) ctx.log.info({ expired: expired.length }, "operations expired");
  });
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
