import { secondMs } from "@berth/kit";
import { record } from "../audit/index.ts";
import { bumpRevision, nodesOverTraffic } from "../fleet/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { forEach, type Sweep } from "../platform/sweeps.ts";
import { startAgain } from "./change.ts";
import { instancesOf, updateInstance } from "./instance-store.ts";
import type { InstanceRow, LeaseRow } from "./lease.ts";
import { tellHeld } from "./node-traffic-mail.ts";
import { leasesHeldElsewhere, leasesRunningOn } from "./node-traffic-store.ts";
import { lockLease } from "./store.ts";

const batch = 500;

/**
 * Stops what runs on nodes that have used up the traffic of their month, and lets it run again when the next one has begun or
 * the node may go further. What a lease has on other nodes serves on.
 */
export async function keepNodeTraffic(ctx: Context): Promise<void> {
  const over = await nodesOverTraffic(ctx);
  await forEach(ctx, await leasesRunningOn(ctx, over, batch), (leaseId) => hold(ctx, leaseId, over));
  await forEach(ctx, await leasesHeldElsewhere(ctx, over, batch), (leaseId) => letRun(ctx, leaseId, over));
}

async function hold(ctx: Context, leaseId: string, over: readonly string[]): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockLease(ctx, leaseId);
    const instances = await instancesOf(ctx, leaseId);
    const running = instances.filter(({ desired }) => desired === "running");
    const held = running.filter(({ node_id }) => over.includes(node_id));
    for (const { id, node_id } of held) {
      await updateInstance(ctx, id, {
        desired: "stopped",
        held_for: "node_traffic",
        revision: await bumpRevision(ctx, node_id),
      });
    }
    if (held.length > 0) await tell(ctx, "leases.held_by_node", lease, held);
    if (held.length > 0) await tellHeld(ctx, lease, running.length - held.length);
  });
}

async function letRun(ctx: Context, leaseId: string, over: readonly string[]): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockLease(ctx, leaseId);
    const instances = await instancesOf(ctx, leaseId);
    const free = instances.filter(({ held_for, node_id }) => held_for !== null && !over.includes(node_id));
    for (const instance of free) {
      await updateInstance(ctx, instance.id, { held_for: null });
      // One that stands still for its lease as well goes on when that does.
      if (lease.state === "active" && instance.desired === "stopped") {
        await startAgain(ctx, lease, instance, instances.length);
      }
    }
    if (free.length > 0) await tell(ctx, "leases.let_run_by_node", lease, free);
  });
}

async function tell(ctx: Context, name: string, lease: LeaseRow, instances: readonly InstanceRow[]): Promise<void> {
  const data = { nodeIds: instances.map(({ node_id }) => node_id) };
  await record(ctx, { name, accountId: lease.account_id, leaseId: lease.id, data });
}

export const nodeTrafficSweep: Sweep = {
  name: "leases.node_traffic",
  everyMs: 20 * secondMs,
  run: keepNodeTraffic,
};
