import type { leases, ReplyOf } from "@berth/api";
import type { Context } from "../platform/context.ts";
import { getVisibleLease } from "./store.ts";

type Lease = ReplyOf<typeof leases.getLease>;

export const leasesWithPlans = (ctx: Context) =>
  ctx.db
    .selectFrom("leases as l")
    .innerJoin("plans as p", "p.id", "l.plan_id")
    .innerJoin("accounts as a", "a.id", "l.account_id")
    .selectAll("l")
    .select(["p.name as plan_name", "a.username"]);

type Found = Awaited<ReturnType<ReturnType<typeof leasesWithPlans>["execute"]>>[number];

/** Instances of some leases with what is known of their nodes, by slot; released ones are left out. */
export async function instancesWithNodes(ctx: Context, leaseIds: readonly string[]) {
  if (leaseIds.length === 0) return [];
  return ctx.db
    .selectFrom("instances as i")
    .innerJoin("nodes as n", "n.id", "i.node_id")
    .selectAll("i")
    .select([
      "n.name as node_name",
      "n.state as node_state",
      "n.region",
      "n.addresses",
      "n.observed_address",
      "n.stun_port",
    ])
    .where("i.lease_id", "in", leaseIds)
    .where("i.desired", "<>", "released")
    .orderBy("i.slot")
    .execute();
}

type FoundInstance = Awaited<ReturnType<typeof instancesWithNodes>>[number];

function toInstance(row: FoundInstance): Lease["instances"][number] {
  return {
    id: row.id as Lease["instances"][number]["id"],
    nodeId: row.node_id,
    nodeName: row.node_name,
    nodeState: row.node_state,
    region: row.region,
    address: row.addresses[0] ?? row.observed_address,
    port: row.port,
    generation: row.generation.toString(),
    desired: row.desired,
    phase: row.phase,
    phaseReason: row.phase_reason,
    usedBytes: row.used_bytes.toString(),
    ceilingBytes: row.ceiling_bytes?.toString() ?? null,
    placement: row.placement as Record<string, unknown>,
  };
}

export function toLease(row: Found, instances: readonly FoundInstance[]): Lease {
  return {
    id: row.id as Lease["id"],
    accountId: row.account_id,
    accountName: row.username,
    planId: row.plan_id,
    planName: row.plan_name,
    kind: row.kind,
    state: row.state,
    suspendedFor: row.suspended_for,
    trafficBytes: row.traffic_bytes?.toString() ?? null,
    usedBytes: row.used_bytes.toString(),
    devices: row.devices,
    reset: row.reset as Lease["reset"],
    periodFrom: row.period_from.toISOString(),
    startsAt: row.starts_at.toISOString(),
    until: row.until.toISOString(),
    instances: instances.filter(({ lease_id }) => lease_id === row.id).map(toInstance),
  };
}

/** One lease as it is now, if the actor may see it. */
export async function showLease(ctx: Context, leaseId: string): Promise<Lease> {
  await getVisibleLease(ctx, leaseId);
  const row = await leasesWithPlans(ctx).where("l.id", "=", leaseId).executeTakeFirstOrThrow();
  return toLease(row, await instancesWithNodes(ctx, [leaseId]));
}

/** What each device of a lease has used, ever. */
export async function usedByDevice(ctx: Context, leaseId: string): Promise<Map<string, bigint>> {
  const rows = await ctx.db
    .selectFrom("usage_daily")
    .select(["subject", (eb) => eb.fn.sum<string>("value").as("bytes")])
    .where("lease_id", "=", leaseId)
    .where("meter", "=", "bytes")
    .groupBy("subject")
    .execute();
  return new Map(rows.map(({ subject, bytes }) => [subject, BigInt(bytes)]));
}
