import type { fleet, ReplyOf } from "@berth/api";
import type { Row } from "../platform/rows.ts";
import type { Machine } from "./sign.ts";

export type Node = ReplyOf<typeof fleet.cordonNode>;
export type NodeRow = Row<"nodes">;
/** What heartbeats, people and counting fill in later may be left out. */
export type NewNode = Pick<NodeRow, Begun> & Partial<NodeRow>;

type Begun =
  | "id"
  | "name"
  | "state"
  | "scheduling"
  | "authority_id"
  | "region"
  | "capabilities"
  | "port_from"
  | "port_to"
  | "stun_port"
  | "instances_most"
  | "joined_at";

export const heartbeatSeconds = 10;
/** How many instances a node takes unless it is told otherwise. */
export const defaultInstancesMost = 500;

/** What people see: being cordoned matters only on a node that is there. */
export function stateOf({ state, scheduling }: Pick<NodeRow, "state" | "scheduling">): Node["state"] {
  return state === "online" && scheduling === "cordoned" ? "cordoned" : state;
}

/** Where others reach a node: the address it advertises first, else the one it was seen at. */
export function addressOf(row: Pick<NodeRow, "addresses" | "observed_address">): string | null {
  return row.addresses[0] ?? row.observed_address;
}

export function toNode(row: NodeRow): Node {
  return {
    id: row.id as Node["id"],
    name: row.name,
    state: stateOf(row),
    region: row.region,
    addresses: row.addresses.length > 0 || !row.observed_address ? row.addresses : [row.observed_address],
    version: row.version,
    observedAddress: row.observed_address,
    ...toFigures(row),
    machine: (row.machine as Machine | null) ?? null,
    offerings: row.capabilities as Node["offerings"],
    labels: row.labels,
    country: row.country,
    city: row.city,
    isLocationByHand: row.is_place_by_hand,
    reach: row.reach,
    reachTestedAt: row.reach_tested_at?.toISOString() ?? null,
    isUnprovenAllowed: row.is_unproven_allowed,
    traffic: toTraffic(row),
    customersMost: row.customers_most,
    bytesPerSecondMost: row.bytes_per_second_most?.toString() ?? null,
    instances: row.instances,
    instancesMost: row.instances_most,
    customers: row.customers,
    revision: row.revision.toString(),
    heldRevision: row.held_revision.toString(),
    joinedAt: row.joined_at.toISOString(),
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  };
}

function toFigures(row: NodeRow) {
  return {
    load: row.load,
    loadPerCore: row.load === null || !row.cores ? null : row.load / row.cores,
    cores: row.cores,
    memoryBytes: row.memory_bytes?.toString() ?? null,
    memoryUsedBytes: row.memory_used_bytes?.toString() ?? null,
    diskBytes: row.disk_bytes?.toString() ?? null,
    diskUsedBytes: row.disk_used_bytes?.toString() ?? null,
    uptimeSeconds: row.uptime_seconds?.toString() ?? null,
    inBytesPerSecond: row.in_bytes_per_second,
    outBytesPerSecond: row.out_bytes_per_second,
    servedBytesPerSecond: row.served_bytes_per_second,
    clockOffsetMs: row.clock_offset_ms,
    latencyMs: row.round_trip_ms,
  };
}

function toTraffic(row: NodeRow): Node["traffic"] {
  const [most, used] = [row.traffic_bytes_most, row.traffic_used_bytes];
  return {
    mostBytes: most?.toString() ?? null,
    usedBytes: used.toString(),
    leftBytes: most === null ? null : (most > used ? most - used : 0n).toString(),
    resetDay: row.traffic_reset_day,
  };
}

/** When the month of a node's traffic began: on its reset day, in UTC. */
export function trafficSince(resetDay: number, now: Date): Date {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return new Date(Date.UTC(year, now.getUTCDate() >= resetDay ? month : month - 1, resetDay));
}
