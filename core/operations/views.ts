import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { ItemRow, Kind, Operation, OperationRow, OperationSummary } from "./operation.ts";

export const operationsWithCounts = (ctx: Context) =>
  ctx.db
    .selectFrom("operations as o")
    .selectAll("o")
    .select(({ selectFrom }) => [
      selectFrom("operation_items as i")
        .select(sql<number>`count(*)::int`.as("n"))
        .whereRef("i.operation_id", "=", "o.id")
        .as("items"),
      selectFrom("operation_items as i")
        .select(sql<number>`count(answered_at)::int`.as("n"))
        .whereRef("i.operation_id", "=", "o.id")
        .as("ended"),
      selectFrom("operation_items as i")
        .select(sql<number>`count(*) filter (where state in ('failed', 'expired'))::int`.as("n"))
        .whereRef("i.operation_id", "=", "o.id")
        .as("failed"),
    ]);

type Counted = OperationRow & { items: number | null; ended: number | null; failed: number | null };

/** An operation with what each target answered. */
export async function showOperation(ctx: Context, operationId: string): Promise<Operation> {
  const row = await operationsWithCounts(ctx).where("o.id", "=", operationId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "operations.no_such_operation", `no operation ${operationId}`);
  const items = await ctx.db
    .selectFrom("operation_items as i")
    .innerJoin("nodes as n", "n.id", "i.node_id")
    .selectAll("i")
    .select("n.name as node_name")
    .where("i.operation_id", "=", operationId)
    .orderBy("i.id")
    .execute();
  return { ...toSummary(row), results: items.map(toItem) };
}

export function toSummary(row: Counted): OperationSummary {
  return {
    id: row.id as OperationSummary["id"],
    kind: row.kind as Kind,
    madeBy: row.made_by,
    createdAt: row.created_at.toISOString(),
    deadline: row.deadline.toISOString(),
    retryOf: row.retry_of as OperationSummary["retryOf"],
    items: row.items ?? 0,
    ended: row.ended ?? 0,
    failed: row.failed ?? 0,
  };
}

function toItem(row: ItemRow & { node_name: string }): Operation["results"][number] {
  return {
    id: row.id as Operation["results"][number]["id"],
    nodeId: row.node_id,
    nodeName: row.node_name,
    instanceId: row.instance_id,
    state: row.state,
    percent: row.percent,
    note: row.note,
    result: row.result === null ? null : JSON.parse(row.result),
    problem: row.problem_code === null ? null : { code: row.problem_code, detail: row.problem_detail ?? "" },
    cancelAsked: row.cancel_asked_at !== null,
    answeredAt: row.answered_at?.toISOString() ?? null,
  };
}

/** Which of these nodes are there. */
export async function presentNodes(ctx: Context, nodeIds: readonly string[]): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("nodes")
    .select("id")
    .where("id", "in", nodeIds)
    .where("state", "<>", "removed")
    .execute();
  return rows.map(({ id }) => id);
}

/** Where instances that should run are to be found; what was let go is not. */
export async function placesOf(ctx: Context, instanceIds: readonly string[]) {
  return ctx.db
    .selectFrom("instances as i")
    .innerJoin("nodes as n", "n.id", "i.node_id")
    .select(["i.id", "i.node_id"])
    .where("i.id", "in", instanceIds)
    .where("i.desired", "=", "running")
    .where("n.state", "<>", "removed")
    .execute();
}

export interface RelayPort {
  readonly nodeId: string;
  readonly host: string;
  readonly port: number;
}

/** One port of every other node on which a relay serves: what a node's way to its neighbours is measured by. */
export async function relayPortsBeside(ctx: Context, nodeId: string): Promise<RelayPort[]> {
  const { rows } = await sql<RelayPort>`
    select distinct on (n.id) n.id as "nodeId", coalesce(n.addresses[1], n.observed_address) as host, i.port
    from nodes n join instances i on i.node_id = n.id
    where n.id <> ${nodeId} and n.state = 'online' and i.phase = 'running' and i.port is not null
      and coalesce(n.addresses[1], n.observed_address) is not null
    order by n.id, i.id limit 50`.execute(ctx.db);
  return rows;
}

interface RelayNode {
  readonly nodeId: string;
  readonly host: string;
}

const mostAsked = 2;

/**
 * Nodes whose relay could join two ends, best first: the one that the flow is about, then others; those of which it is proven
 * that they can be reached from outside, or at least told where, before those of which it is not. None of which it is disproven.
 */
export async function relayNodesFor(ctx: Context, nodeId: string): Promise<RelayNode[]> {
  const { rows } = await sql<RelayNode>`
    select id as "nodeId", coalesce(addresses[1], observed_address) as host from nodes
    where state = 'online' and reach <> 'unproven' and coalesce(addresses[1], observed_address) is not null
    order by reach = 'proven' desc, cardinality(addresses) > 0 desc, id = ${nodeId} desc, random()
    limit ${mostAsked}`.execute(ctx.db);
  return rows;
}

/** Where a node is to be reached. */
export async function hostOf(ctx: Context, nodeId: string): Promise<string | undefined> {
  const { rows } = await sql<{ host: string | null }>`
    select coalesce(addresses[1], observed_address) as host from nodes where id = ${nodeId}`.execute(ctx.db);
  return rows[0]?.host ?? undefined;
}

/** The key that control knows a node by. */
export async function nodeKeyOf(ctx: Context, nodeId: string): Promise<string | undefined> {
  const row = await ctx.db
    .selectFrom("node_keys")
    .select("fingerprint")
    .where("node_id", "=", nodeId)
    .where("revoked_at", "is", null)
    .orderBy("recorded_at", "desc")
    .executeTakeFirst();
  return row?.fingerprint;
}
