import type { fleet, ReplyOf } from "@berth/api";
import type { Row } from "../platform/rows.ts";

export type Node = ReplyOf<typeof fleet.getNode>;
export type NodeRow = Row<"nodes">;

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
    load: row.load,
    memoryBytes: row.memory_bytes?.toString() ?? null,
    memoryUsedBytes: row.memory_used_bytes?.toString() ?? null,
    instances: row.instances,
    instancesMost: row.instances_most,
    revision: row.revision.toString(),
    heldRevision: row.held_revision.toString(),
    joinedAt: row.joined_at.toISOString(),
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  };
}
