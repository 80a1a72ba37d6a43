import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { isUniqueViolation } from "../platform/database.ts";
import { notify } from "../platform/notify.ts";
import { toJson } from "./figures-store.ts";
import type { NewNode, NodeRow } from "./node.ts";
import type { Sign } from "./sign.ts";
import type { Use } from "./use.ts";

export async function insertNode(ctx: Context, { machine: _, ...node }: NewNode): Promise<void> {
  const values = { ...node, capabilities: JSON.stringify(node.capabilities) };
  await refusingTakenName(node.name, () => ctx.db.insertInto("nodes").values(values).execute());
}

async function refusingTakenName<T>(name: string | undefined, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error, "node_name_once")) throw error;
    throw new Refusal("conflict", "fleet.name_taken", `there is already a node called ${name}`);
  }
}

export async function getNode(ctx: Context, nodeId: string): Promise<NodeRow> {
  const row = await ctx.db.selectFrom("nodes").selectAll().where("id", "=", nodeId).executeTakeFirst();
  if (!row) throw noNode(nodeId);
  return row;
}

/** The node, locked until the transaction ends, unless it is gone for good. */
export async function lockPresentNode(ctx: Context, nodeId: string): Promise<NodeRow> {
  const row = await ctx.db.selectFrom("nodes").selectAll().where("id", "=", nodeId).forUpdate().executeTakeFirst();
  if (!row) throw noNode(nodeId);
  if (row.state === "removed") throw new Refusal("conflict", "fleet.node_removed", `${row.name} was removed`);
  return row;
}

const noNode = (nodeId: string) => new Refusal("not_found", "fleet.no_such_node", `no node ${nodeId}`);

export async function updateNode(ctx: Context, nodeId: string, change: Partial<NodeRow>): Promise<NodeRow> {
  const { capabilities, machine: _, ...rest } = change;
  const update = ctx.db
    .updateTable("nodes")
    .set({ ...rest, ...(capabilities === undefined ? {} : { capabilities: JSON.stringify(capabilities) }) })
    .where("id", "=", nodeId)
    .returningAll();
  return refusingTakenName(change.name, () => update.executeTakeFirstOrThrow());
}

/** Every node that is not gone, for placement. */
export async function presentNodes(ctx: Context): Promise<NodeRow[]> {
  return ctx.db.selectFrom("nodes").selectAll().where("state", "<>", "removed").execute();
}

/** Takes room for one instance if it is still there: check and taking are one statement. */
export async function takeRoom(ctx: Context, nodeId: string): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("nodes")
    .set((eb) => ({ instances: eb("instances", "+", 1) }))
    .where("id", "=", nodeId)
    .where("state", "=", "online")
    .where("scheduling", "=", "open")
    .whereRef("instances", "<", "instances_most")
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function giveRoomBack(ctx: Context, nodeId: string): Promise<void> {
  await ctx.db
    .updateTable("nodes")
    .set((eb) => ({ instances: eb("instances", "-", 1) }))
    .where("id", "=", nodeId)
    .execute();
}

/**
 * The number of a change of what a node should run. The row stays locked until the caller's transaction ends, so numbers
 * become visible in their order; the replica that holds the node's stream hears of it at the commit.
 */
export async function bumpRevision(ctx: Context, nodeId: string): Promise<bigint> {
  const { revision } = await ctx.db
    .updateTable("nodes")
    .set((eb) => ({ revision: eb("revision", "+", 1n) }))
    .where("id", "=", nodeId)
    .returning("revision")
    .executeTakeFirstOrThrow();
  await notify(ctx, "node_changed", nodeId);
  return revision;
}

/**
 * Writes many heartbeats in one statement. Tells whose were taken: those of nodes that are not gone; and which of these were
 * offline and are online again.
 */
export async function saveHeartbeats(
  ctx: Context,
  signs: readonly Sign[],
): Promise<{ taken: string[]; returned: string[] }> {
  const { rows } = await sql<{ id: string; was: string }>`
    with beat as (
      select * from jsonb_to_recordset(${toJson(signs)}::jsonb) as beat(
        node_id text, load float8, memory_bytes bigint, memory_used_bytes bigint, held_revision bigint, disk_bytes bigint,
        disk_used_bytes bigint, uptime_seconds bigint, in_bytes_per_second float8, out_bytes_per_second float8,
        served_bytes_per_second float8, clock_offset_ms float8, round_trip_ms float8, machine jsonb)
    ), before as (
      select nodes.id, nodes.state as was from nodes join beat on beat.node_id = nodes.id where state <> 'removed'
      order by id for update of nodes
    )
    update nodes set load = beat.load, memory_bytes = coalesce(beat.memory_bytes, nodes.memory_bytes),
      memory_used_bytes = beat.memory_used_bytes, held_revision = beat.held_revision, disk_bytes = beat.disk_bytes,
      disk_used_bytes = beat.disk_used_bytes, uptime_seconds = beat.uptime_seconds,
      in_bytes_per_second = beat.in_bytes_per_second, out_bytes_per_second = beat.out_bytes_per_second,
      served_bytes_per_second = beat.served_bytes_per_second, clock_offset_ms = beat.clock_offset_ms,
      round_trip_ms = beat.round_trip_ms, machine = beat.machine, last_seen_at = ${ctx.now()}, state = 'online'
    from beat join before on before.id = beat.node_id where nodes.id = beat.node_id
    returning nodes.id, before.was`.execute(ctx.db);
  return {
    taken: rows.map(({ id }) => id),
    returned: rows.filter(({ was }) => was === "offline").map(({ id }) => id),
  };
}

/** Marks what has not been heard of since `before` as offline; returns which those are. */
export async function markOffline(ctx: Context, before: Date): Promise<string[]> {
  const rows = await ctx.db
    .updateTable("nodes")
    .set({ state: "offline" })
    .where("state", "=", "online")
    .where("last_seen_at", "<", before)
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

/** Writes what was counted, node by node in the order of ids, as everybody locks them. */
export async function saveUse(ctx: Context, uses: readonly Use[]): Promise<void> {
  for (const { id, customers, trafficBytes } of [...uses].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    await ctx.db
      .updateTable("nodes")
      .set({ customers, traffic_used_bytes: trafficBytes })
      .where("id", "=", id)
      .execute();
  }
}

/** One placement at a time, until the transaction ends. */
export async function lockPlacement(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('placement'))`.execute(ctx.db);
}
