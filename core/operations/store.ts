import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { type Answer, answerGraceMs, failedStates, type ItemRow, type OperationRow, openStates } from "./operation.ts";

export async function insertOperation(ctx: Context, { input, ...operation }: OperationRow): Promise<void> {
  await ctx.db
    .insertInto("operations")
    .values({ ...operation, input: JSON.stringify(input) })
    .execute();
}

type NewItem = Pick<ItemRow, "id" | "operation_id" | "node_id" | "instance_id">;

export async function insertItems(ctx: Context, items: readonly NewItem[]): Promise<void> {
  await ctx.db
    .insertInto("operation_items")
    .values(items.map((item) => ({ ...item, state: "waiting" as const })))
    .execute();
}

export async function getOperationRow(ctx: Context, operationId: string): Promise<OperationRow> {
  const row = await ctx.db.selectFrom("operations").selectAll().where("id", "=", operationId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "operations.no_such_operation", `no operation ${operationId}`);
  return row;
}

export async function failedItems(ctx: Context, operationId: string): Promise<ItemRow[]> {
  return ctx.db
    .selectFrom("operation_items")
    .selectAll()
    .where("operation_id", "=", operationId)
    .where("state", "in", failedStates)
    .orderBy("id")
    .execute();
}

/** Ends what no stream has taken; returns the nodes of what has been taken, whose agents have to be told. */
export async function cancelItems(ctx: Context, operationId: string): Promise<string[]> {
  await ctx.db
    .updateTable("operation_items")
    .set({ state: "cancelled", answered_at: ctx.now(), cancel_asked_at: ctx.now() })
    .where("operation_id", "=", operationId)
    .where("state", "=", "waiting")
    .execute();
  const asked = await ctx.db
    .updateTable("operation_items")
    .set({ cancel_asked_at: ctx.now() })
    .where("operation_id", "=", operationId)
    .where("state", "in", ["sent", "running"])
    .where("cancel_asked_at", "is", null)
    .returning("node_id")
    .execute();
  return [...new Set(asked.map(({ node_id }) => node_id))];
}

/** Hands what waits for a node to its stream, in one statement: from here on a cancellation has to ask the agent. */
export async function markSent(ctx: Context, nodeId: string, most: number): Promise<void> {
  await sql`
    update operation_items set state = 'sent' where id in (
      select i.id from operation_items i join operations o on o.id = i.operation_id
      where i.node_id = ${nodeId} and i.state = 'waiting' and o.deadline > ${ctx.now()}
      order by i.id limit ${most} for update of i skip locked
    )`.execute(ctx.db);
}

/** What a node has not answered, up to so much: what it was handed, and then what waits, oldest first. */
export async function openItems(ctx: Context, nodeId: string, most: number) {
  return ctx.db
    .selectFrom("operation_items as i")
    .innerJoin("operations as o", "o.id", "i.operation_id")
    .select(["i.id", "i.state", "i.instance_id", "i.cancel_asked_at", "o.kind", "o.input", "o.deadline"])
    .where("i.node_id", "=", nodeId)
    .where("i.state", "in", openStates)
    .orderBy(sql`i.state = 'waiting'`)
    .orderBy("i.id")
    .limit(most)
    .execute();
}

/** Writes how far an item is, if it is this node's and has no end yet; returns its operation. */
export async function saveProgress(
  ctx: Context,
  nodeId: string,
  { id, percent, note }: { id: string; percent: number; note: string },
): Promise<string | undefined> {
  const row = await ctx.db
    .updateTable("operation_items")
    .set({ state: "running", percent, note })
    .where("id", "=", id)
    .where("node_id", "=", nodeId)
    .where("state", "in", ["sent", "running"])
    .returning("operation_id")
    .executeTakeFirst();
  return row?.operation_id;
}

/** Writes the answer of an item that was handed to this node and has none, and returns its operation; nothing for any other. */
export async function saveAnswer(
  ctx: Context,
  nodeId: string,
  id: string,
  answer: Answer,
): Promise<string | undefined> {
  const row = await ctx.db
    .updateTable("operation_items")
    .set((eb) => ({
      ...answer,
      answered_at: ctx.now(),
      percent: answer.state === "done" ? eb.lit(100) : eb.ref("percent"),
    }))
    .where("id", "=", id)
    .where("node_id", "=", nodeId)
    .where("state", "in", ["sent", "running"])
    .returning("operation_id")
    .executeTakeFirst();
  return row?.operation_id;
}

export interface EndedItem {
  readonly id: string;
  readonly operation_id: string;
  readonly node_id: string;
}

/** Gives an end to what nobody answered in time. */
export async function expireItems(ctx: Context): Promise<EndedItem[]> {
  const now = ctx.now();
  const { rows } = await sql<EndedItem>`
    update operation_items i set state = 'expired', answered_at = ${now} from operations o
    where o.id = i.operation_id and i.state in (${sql.join([...openStates])})
      and o.deadline + case when i.state = 'waiting' then interval '0' else ${answerGraceMs} * interval '1 ms' end <= ${now}
    returning i.id, i.operation_id, i.node_id
  `.execute(ctx.db);
  return rows;
}

export async function deleteOperationsBefore(ctx: Context, before: Date): Promise<void> {
  await ctx.db.deleteFrom("operations").where("created_at", "<", before).execute();
}
