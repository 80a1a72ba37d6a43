import { dayMs, minuteMs, secondMs } from "@berth/kit";
import { record } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import { transaction } from "../platform/context.ts";
import { type Job, job } from "../platform/jobs.ts";
import { forEach, type Sweep } from "../platform/sweeps.ts";
import { endLease, releaseInstance, resetPeriod } from "./change.ts";
import { expireFormer } from "./configurations/end.ts";
import { noteHeld } from "./configurations/held.ts";
import { renewConfiguration } from "./configurations/renew.ts";
import { dueForRenewal, dueToEnd } from "./configurations/store.ts";
import { instancesOf, leasesOnNode } from "./instance-store.ts";
import { nodeTrafficSweep } from "./node-traffic.ts";
import { dueLeases, leasesWithPeriodBefore, lockLease } from "./store.ts";
import { settleOverQuota } from "./usage.ts";

const batch = 200;

/** Ends the leases whose time has come. */
export async function endDueLeases(ctx: Context): Promise<void> {
  const over = { event: "expire", reason: "its time is over" } as const;
  await forEach(ctx, await dueLeases(ctx, batch), (leaseId) => endLease(ctx, leaseId, over));
}

/** Begins the reset cycles that are due. */
export async function beginPeriods(ctx: Context): Promise<void> {
  for (const [reset, days] of [
    ["daily", 1],
    ["monthly", 30],
  ] as const) {
    const before = new Date(ctx.now().getTime() - days * dayMs);
    const due = await leasesWithPeriodBefore(ctx, reset, before, batch);
    await forEach(ctx, due, (leaseId) => resetPeriod(ctx, leaseId));
  }
}

/** Replaces the configurations whose time has come, and ends those that were replaced and are over. */
export async function keepConfigurations(ctx: Context): Promise<void> {
  await forEach(ctx, await dueToEnd(ctx, batch), (leaseId) => expireFormer(ctx, leaseId));
  await forEach(ctx, await dueForRenewal(ctx, batch), (leaseId) => renewConfiguration(ctx, leaseId, { why: "due" }));
}

/** Lets go of what a removed node ran; whose it was finds it among the events of the lease. */
async function letGoOfNode(ctx: Context, nodeId: string): Promise<void> {
  for (const leaseId of await leasesOnNode(ctx, nodeId)) {
    await transaction(ctx, async (ctx) => {
      const { account_id: accountId } = await lockLease(ctx, leaseId);
      const instances = await instancesOf(ctx, leaseId);
      for (const instance of instances.filter(({ node_id }) => node_id === nodeId)) {
        await releaseInstance(ctx, instance);
        const data = { instanceId: instance.id, left: instances.length - 1 };
        await record(ctx, { name: "leases.node_removed", accountId, leaseId, nodeId, data });
      }
      await noteHeld(ctx, leaseId);
    });
  }
}

export const leaseSweeps: readonly Sweep[] = [
  { name: "leases.end_due", everyMs: secondMs, run: endDueLeases },
  { name: "leases.settle_over_quota", everyMs: 5 * secondMs, run: settleOverQuota },
  nodeTrafficSweep,
  { name: "leases.keep_configurations", everyMs: 5 * secondMs, run: keepConfigurations },
  { name: "leases.begin_periods", everyMs: minuteMs / 6, run: beginPeriods },
];

export const leaseJobs: readonly Job[] = [job("leases.node_removed", (ctx, { nodeId }) => letGoOfNode(ctx, nodeId))];
