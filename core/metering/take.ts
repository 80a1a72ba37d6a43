import type { Reading } from "@berth/link";
import { addUsage, settleUsage } from "../leases/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { ensurePartitions } from "./partitions.ts";
import { distinct } from "./reading.ts";
import { lockNodeReports, saveReadings } from "./store.ts";

/**
 * Takes a node's counters. Lost, late, repeated and reordered reports are harmless: only what exceeds the greatest value seen
 * is added. When this returns it is committed, and may be acknowledged.
 */
export async function takeReadings(ctx: Context, nodeId: string, readings: readonly Reading[]): Promise<void> {
  const proper = distinct(readings);
  if (proper.length === 0) return;
  await ensurePartitions(ctx);
  const leaseIds = await transaction(ctx, async (ctx) => {
    await lockNodeReports(ctx, nodeId);
    const grown = await saveReadings(ctx, nodeId, proper);
    await addUsage(
      ctx,
      grown.map((row) => ({
        instanceId: row.instance_id,
        generation: row.present_generation,
        leaseId: row.lease_id,
        bytes: row.bytes,
        presentBytes: row.present_bytes,
      })),
    );
    return new Set(grown.map(({ lease_id }) => lease_id));
  });
  for (const leaseId of leaseIds) await settleUsage(ctx, leaseId);
}
