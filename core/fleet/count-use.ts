import { secondMs } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { type NodeRow, trafficSince } from "./node.ts";
import { presentNodes, saveUse } from "./store.ts";
import type { Use } from "./use.ts";
import { countUse } from "./views.ts";

/** What is used of nodes now: customers, and traffic since the month of each began. */
export async function useOf(ctx: Context, nodes: readonly NodeRow[]): Promise<ReadonlyMap<string, Use>> {
  const now = ctx.now();
  const asked = nodes.map(({ id, traffic_reset_day }) => ({ id, since: trafficSince(traffic_reset_day, now) }));
  return new Map((await countUse(ctx, asked)).map((use) => [use.id, use]));
}

/** Nodes that are over the traffic of their month, counted here and now. */
export async function nodesOverTraffic(ctx: Context): Promise<string[]> {
  const bounded = (await presentNodes(ctx)).filter(({ traffic_bytes_most }) => traffic_bytes_most !== null);
  const uses = await useOf(ctx, bounded);
  const isOver = ({ id, traffic_bytes_most: most }: NodeRow) => (uses.get(id)?.trafficBytes ?? 0n) > (most ?? 0n);
  return bounded.filter(isOver).map(({ id }) => id);
}

/** Writes down what is used, for lists, and says once when a month's traffic is used up. */
export async function noteUse(ctx: Context): Promise<void> {
  const nodes = await presentNodes(ctx);
  const uses = await useOf(ctx, nodes);
  const isNews = ({ id, customers, traffic_used_bytes }: NodeRow) =>
    uses.get(id)?.customers !== customers || uses.get(id)?.trafficBytes !== traffic_used_bytes;
  const changed = nodes.filter(isNews);
  if (changed.length === 0) return;
  await transaction(ctx, async (ctx) => {
    await saveUse(
      ctx,
      changed.flatMap(({ id }) => uses.get(id) ?? []),
    );
    for (const { id, traffic_bytes_most: most, traffic_used_bytes: before } of changed) {
      const used = uses.get(id)?.trafficBytes ?? 0n;
      if (most === null || before >= most || used < most) continue;
      await record(ctx, {
        name: "fleet.traffic_used",
        nodeId: id,
        data: { usedBytes: `${used}`, mostBytes: `${most}` },
      });
    }
  });
}

export const useSweep: Sweep = { name: "fleet.use", everyMs: 15 * secondMs, run: noteUse };
