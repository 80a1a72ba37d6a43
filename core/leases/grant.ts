import { dayMs, newId } from "@berth/kit";
import { record } from "../audit/index.ts";
import type { PlanRow } from "../catalogue/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { insertVersion } from "./configurations/make.ts";
import type { LeaseRow } from "./lease.ts";
import { transition } from "./lease.ts";
import { placeInstances } from "./place.ts";
import { insertLease } from "./store.ts";

export interface Grant {
  readonly accountId: string;
  readonly plan: PlanRow;
  /** Only these nodes; empty: any. */
  readonly nodeIds: readonly string[];
}

/** Gives an account what a plan promises, from now on, placed at once. Without room on any node nothing is granted. */
export async function grantLease(ctx: Context, { accountId, plan, nodeIds }: Grant): Promise<string> {
  return transaction(ctx, async (ctx) => {
    const now = ctx.now();
    const lease: LeaseRow = {
      id: newId("lease", now),
      account_id: accountId,
      plan_id: plan.id,
      kind: plan.kind,
      options: plan.options,
      state: transition("pending", "place"),
      suspended_for: null,
      regions: plan.regions,
      node_ids: [...nodeIds],
      traffic_bytes: plan.traffic_bytes,
      used_bytes: 0n,
      reset: plan.reset,
      devices: plan.devices,
      mbps: plan.mbps,
      period_from: now,
      starts_at: now,
      until: new Date(now.getTime() + plan.duration_days * dayMs),
      created_at: now,
      warned_percent: 0,
    };
    await insertLease(ctx, lease);
    const instances = await placeInstances(ctx, lease);
    await insertVersion(ctx, lease, { version: 1, why: "granted" });
    await record(ctx, { name: "leases.granted", accountId, leaseId: lease.id, data: { planId: plan.id, instances } });
    return lease.id;
  });
}
