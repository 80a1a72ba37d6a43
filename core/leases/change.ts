import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { bumpRevision, giveRoomBack } from "../fleet/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { deleteFormerEndpoints, endConfigurations } from "./configurations/store.ts";
import { instancesOf, nextGeneration, updateInstance } from "./instance-store.ts";
import { type InstanceRow, type LeaseRow, periodFrom, slice, transition } from "./lease.ts";
import { lockLease, lockVisibleLease, updateLease } from "./store.ts";

/** Stops service without ending the lease: time keeps running, and its nodes keep port and room. */
export async function suspendLease(
  ctx: Context,
  leaseId: string,
  { why, reason }: { why: "quota" | "staff"; reason: string },
): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockVisibleLease(ctx, leaseId);
    await updateLease(ctx, leaseId, { state: transition(lease.state, "suspend"), suspended_for: why });
    for (const instance of await instancesOf(ctx, leaseId)) {
      await updateInstance(ctx, instance.id, {
        desired: "stopped",
        revision: await bumpRevision(ctx, instance.node_id),
      });
    }
    await record(ctx, { name: "leases.suspended", accountId: lease.account_id, leaseId, data: { why, reason } });
  });
}

/** Lets a suspended lease serve again. Its counters begin a new generation, so that nothing late is counted twice. */
export async function resumeLease(ctx: Context, leaseId: string, why: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockVisibleLease(ctx, leaseId);
    if (lease.traffic_bytes !== null && lease.used_bytes >= lease.traffic_bytes) {
      throw new Refusal("conflict", "leases.quota_used", "the quota of this period is used up");
    }
    const resumed = await updateLease(ctx, leaseId, { state: transition(lease.state, "resume"), suspended_for: null });
    const instances = await instancesOf(ctx, leaseId);
    for (const instance of instances) await startAgain(ctx, resumed, instance, instances.length);
    await record(ctx, { name: "leases.resumed", accountId: lease.account_id, leaseId, data: { why } });
  });
}

/** Lets an instance run again. Its counters begin a new generation. */
export async function startAgain(ctx: Context, lease: LeaseRow, instance: InstanceRow, of: number): Promise<void> {
  await updateInstance(ctx, instance.id, {
    desired: "running",
    phase: "pending",
    phase_reason: null,
    phase_at: ctx.now(),
    generation: await nextGeneration(ctx),
    used_bytes: 0n,
    ceiling_bytes: lease.traffic_bytes === null ? null : slice(lease.traffic_bytes - lease.used_bytes, of),
    revision: await bumpRevision(ctx, instance.node_id),
  });
}

/** Ends a lease, because its time is over (`expire`) or because staff say so (`end`): ports and room are free again. */
export async function endLease(
  ctx: Context,
  leaseId: string,
  { event, reason }: { event: "expire" | "end"; reason: string },
) {
  await transaction(ctx, async (ctx) => {
    const lease = await lockVisibleLease(ctx, leaseId);
    const state = transition(lease.state, event);
    await updateLease(ctx, leaseId, { state, suspended_for: null });
    for (const instance of await instancesOf(ctx, leaseId)) await releaseInstance(ctx, instance);
    await endConfigurations(ctx, leaseId, { endedFor: "lease_over" });
    await record(ctx, { name: `leases.${state}`, accountId: lease.account_id, leaseId, data: { reason } });
  });
}

export async function releaseInstance(ctx: Context, instance: InstanceRow): Promise<void> {
  await deleteFormerEndpoints(ctx, { instanceId: instance.id });
  await updateInstance(ctx, instance.id, {
    desired: "released",
    port: null,
    released_at: ctx.now(),
    revision: await bumpRevision(ctx, instance.node_id),
  });
  await giveRoomBack(ctx, instance.node_id);
}

/** Begins a new reset cycle if one is due: used bytes start at zero, and what stood still for its quota serves again. */
export async function resetPeriod(ctx: Context, leaseId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockLease(ctx, leaseId);
    const from = periodFrom(lease, ctx.now());
    if (from <= lease.period_from || (lease.state !== "active" && lease.state !== "suspended")) return;
    await updateLease(ctx, leaseId, { period_from: from, used_bytes: 0n, warned_percent: 0 });
    await record(ctx, {
      name: "leases.period_began",
      accountId: lease.account_id,
      leaseId,
      data: { used: lease.used_bytes.toString() },
    });
    if (lease.suspended_for === "quota") await resumeLease(ctx, leaseId, "a new period began");
    else await giveAllowances(ctx, { ...lease, used_bytes: 0n });
  });
}

/**
 * Raises the ceilings of a lease's instances where less than half a slice is left, and lowers one that the others' use left
 * with more than the whole lease has; nodes hear of it at the commit.
 */
export async function giveAllowances(ctx: Context, lease: LeaseRow): Promise<void> {
  if (lease.traffic_bytes === null || lease.state !== "active") return;
  const instances = (await instancesOf(ctx, lease.id)).filter(({ desired }) => desired === "running");
  const left = lease.traffic_bytes - lease.used_bytes;
  const share = slice(left, instances.length);
  for (const instance of instances) {
    const inHand = (instance.ceiling_bytes ?? 0n) - instance.used_bytes;
    if (share === 0n || (inHand >= share / 2n && inHand <= left)) continue;
    await updateInstance(ctx, instance.id, {
      ceiling_bytes: instance.used_bytes + share,
      revision: await bumpRevision(ctx, instance.node_id),
    });
  }
}
