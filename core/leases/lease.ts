import { dayMs, Refusal } from "@berth/kit";
import type { Row } from "../platform/rows.ts";

export type LeaseRow = Row<"leases">;
export type InstanceRow = Row<"instances">;
export type LeaseState = LeaseRow["state"];
type LeaseEvent = "place" | "suspend" | "resume" | "expire" | "end";

/*
 *   pending ──place──► active ◄──resume── suspended
 *      │                 │ └────suspend──────▲ │
 *      │                 │                     │
 *      ├──────expire─────┴───────expire────────┼──► expired   its time is over
 *      └──────end────────┴────────end──────────┴──► ended     somebody ended it before
 */
const next = {
  pending: { place: "active", expire: "expired", end: "ended" },
  active: { suspend: "suspended", expire: "expired", end: "ended" },
  suspended: { resume: "active", expire: "expired", end: "ended" },
  expired: {},
  ended: {},
} satisfies Record<LeaseState, Partial<Record<LeaseEvent, LeaseState>>>;

export function transition(from: LeaseState, event: LeaseEvent): LeaseState {
  const moves: Partial<Record<LeaseEvent, LeaseState>> = next[from];
  const to = moves[event];
  if (!to)
    throw new Refusal("conflict", "leases.wrong_state", `cannot ${event} a lease that is ${from}`, { state: from });
  return to;
}

/** Where the present reset cycle begins: the start of the lease plus whole cycles. A month is 30 days of 24 hours. */
export function periodFrom(lease: Pick<LeaseRow, "reset" | "starts_at">, now: Date): Date {
  const cycleMs = { never: undefined, daily: dayMs, monthly: 30 * dayMs }[lease.reset as "never" | "daily" | "monthly"];
  if (!cycleMs) return lease.starts_at;
  const cycles = Math.floor((now.getTime() - lease.starts_at.getTime()) / cycleMs);
  return new Date(lease.starts_at.getTime() + Math.max(0, cycles) * cycleMs);
}

/** When what is used begins at zero again; nothing when the lease ends before. */
export function resetsAt({
  reset,
  period_from,
  until,
}: Pick<LeaseRow, "reset" | "period_from" | "until">): Date | null {
  const days = { never: undefined, daily: 1, monthly: 30 }[reset as "never" | "daily" | "monthly"];
  const next = days ? new Date(period_from.getTime() + days * dayMs) : null;
  return next && next < until ? next : null;
}

/** What one instance may always have in hand, so that a busy one is not stopped between two reports. */
const leastSliceBytes = 64n * 1024n * 1024n;

/**
 * What an instance may count beyond what it has counted, while control is away: its even share of what the lease has left, and
 * not less than 64 MiB of it. The lease as a whole can exceed its quota by at most the sum of the open slices, and only
 * while nodes are cut off.
 */
export function slice(leftBytes: bigint, instances: number): bigint {
  if (leftBytes <= 0n) return 0n;
  const even = leftBytes / BigInt(Math.max(1, instances));
  const least = leftBytes < leastSliceBytes ? leftBytes : leastSliceBytes;
  return even > least ? even : least;
}

/** What a report added to one instance. `presentBytes` are those counted at the generation it had then. */
export interface Added {
  readonly instanceId: string;
  readonly generation: bigint;
  readonly leaseId: string;
  readonly bytes: bigint;
  readonly presentBytes: bigint;
}
