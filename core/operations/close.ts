import { minuteMs } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { forEach } from "../platform/sweeps.ts";
import { type Ending, longestMs, type Moved } from "./meeting.ts";
import { endStream, lostStreams } from "./stream-store.ts";

interface Ended {
  readonly why: Ending["why"];
  readonly moved: Moved;
}

/** Writes how a flow ended, once, and how much went through. Nothing happens to one that has an end. */
export async function closeStream(ctx: Context, id: string, { why, moved }: Ended): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const stream = await endStream(ctx, { id, why, ...moved });
    if (!stream?.used_at) return;
    const { kind, node_id: nodeId, account_id: accountId } = stream;
    const seconds = Math.round((ctx.now().getTime() - stream.used_at.getTime()) / 1_000);
    const data = { streamId: id, kind, why, seconds, toNodeBytes: moved.toNode, fromNodeBytes: moved.fromNode };
    await record(ctx, { name: "streams.closed", nodeId, accountId, data });
    ctx.log.info({ streamId: id, nodeId, accountId, kind, why }, "stream ended");
  });
}

/** Writes the end of flows whose control is gone, or has forgotten them: nobody knows how much went through. */
export async function closeLostStreams(ctx: Context): Promise<void> {
  const lost = { why: "unavailable", moved: { toNode: 0, fromNode: 0 } } as const;
  const usedBefore = new Date(ctx.now().getTime() - longestMs - minuteMs);
  await forEach(ctx, await lostStreams(ctx, usedBefore), (id) => closeStream(ctx, id, lost));
}
