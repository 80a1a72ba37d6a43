import { record } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import type { LeaseRow } from "./lease.ts";
import { tellUsed } from "./quota-mail.ts";
import { updateLease } from "./store.ts";

/** Of which shares of a quota its owner is told. */
const warnings = [100, 95, 80] as const;

/** The greatest of these shares that is used; 0: none of them. */
export function warningAt(usedBytes: bigint, trafficBytes: bigint): number {
  return warnings.find((percent) => usedBytes * 100n >= trafficBytes * BigInt(percent)) ?? 0;
}

/** Tells the owner of a lease whose row the caller holds locked that a share of its quota is used: each once in a period. */
export async function warnOfQuota(ctx: Context, lease: LeaseRow): Promise<void> {
  if (lease.traffic_bytes === null) return;
  const percent = warningAt(lease.used_bytes, lease.traffic_bytes);
  if (percent === lease.warned_percent) return;
  await updateLease(ctx, lease.id, { warned_percent: percent });
  // Less than before: somebody raised the quota, and may be warned of the new one.
  if (percent < lease.warned_percent) return;
  const data = { percent, usedBytes: lease.used_bytes.toString(), trafficBytes: lease.traffic_bytes.toString() };
  await record(ctx, { name: "leases.quota_warned", accountId: lease.account_id, leaseId: lease.id, data });
  await tellUsed(ctx, lease, percent);
}
