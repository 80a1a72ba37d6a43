import { leases, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { useSession } from "@berth/ui/permission/session.ts";
import { dayMs } from "@berth/ui/time/format.ts";

export type Lease = ReplyOf<typeof leases.getLease>;

/** One's own, also of who may see everybody's. */
export function useOwnLeases() {
  const { account } = useSession();
  return useCall(leases.listLeases, { accountId: account.id, limit: 50 });
}

export function isOver({ state }: Lease): boolean {
  return state === "expired" || state === "ended";
}

/** What needs somebody first: suspended, then what ends next. */
export function byNeed(a: Lease, b: Lease): number {
  return Number(b.state === "suspended") - Number(a.state === "suspended") || Date.parse(a.until) - Date.parse(b.until);
}

/** When the quota begins anew, if it does before the lease ends. A month is 30 days. */
export function renewsAt({ reset, periodFrom, until }: Lease): string | undefined {
  if (reset === "never") return undefined;
  const at = Date.parse(periodFrom) + (reset === "daily" ? 1 : 30) * dayMs;
  return at < Date.parse(until) ? new Date(at).toISOString() : undefined;
}

/** How many of its relays nobody can reach now. */
export function awayOf({ instances }: Lease): number {
  return instances.filter(({ nodeState, phase }) => nodeState === "offline" || phase === "failed").length;
}
