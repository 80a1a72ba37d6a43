import { asSystem, type Context, transaction } from "../platform/context.ts";
import { forEach } from "../platform/sweeps.ts";
import { giveAllowances, suspendLease } from "./change.ts";
import type { Added } from "./lease.ts";
import { warnOfQuota } from "./quota.ts";
import { addUsedBytes, leasesOverQuota, lockLease } from "./store.ts";

/** Adds usage to instances and their leases, in the caller's transaction; leases are locked in the order of their ids. */
export async function addUsage(ctx: Context, added: readonly Added[]): Promise<void> {
  if (added.length > 0) await addUsedBytes(ctx, added);
}

/**
 * Suspends a lease that reached its quota, or gives its instances more to go on, and tells its owner in time. Done again, it changes nothing. It is
 * Berth's own doing: the node whose report brings it about has no say over leases.
 */
export async function settleUsage(ctx: Context, leaseId: string): Promise<void> {
  await transaction(asSystem(ctx, "metering"), async (ctx) => {
    const lease = await lockLease(ctx, leaseId);
    if (lease.state !== "active" || lease.traffic_bytes === null) return;
    await warnOfQuota(ctx, lease);
    if (lease.used_bytes < lease.traffic_bytes) await giveAllowances(ctx, lease);
    else await suspendLease(ctx, leaseId, { why: "quota", reason: "the quota of this period is used up" });
  });
}

/** Finds what a crash between counting and settling left over. */
export async function settleOverQuota(ctx: Context): Promise<void> {
  await forEach(ctx, await leasesOverQuota(ctx, 200), (leaseId) => settleUsage(ctx, leaseId));
}
