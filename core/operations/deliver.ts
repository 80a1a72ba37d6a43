import type { ControlMessageInit } from "@berth/link";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { clean, readAnswer } from "./operation.ts";
import { markSent, openItems, saveAnswer, saveProgress } from "./store.ts";
import { relayPortsBeside } from "./views.ts";

/** Named on it: an operation that is further than it was. */
export const progressChannel = "operation_progress";

/** What one stream of a node was sent, so that it is sent once, and once more when it is cancelled. */
export type Sent = Map<string, "asked" | "cancelled">;

/** A node works on a few at a time; the rest waits here, where it can be cancelled without asking. */
const atOnce = 32;

/** What this stream has not heard of yet; undefined when there is nothing. */
export async function newsOfOperations(
  ctx: Context,
  nodeId: string,
  sent: Sent,
): Promise<ControlMessageInit | undefined> {
  const items = await handedItems(ctx, nodeId);
  const open = new Set(items.map(({ id }) => id));
  for (const id of sent.keys()) if (!open.has(id)) sent.delete(id);
  const news = items.filter((item) => sent.get(item.id) !== wish(item));
  if (news.length === 0) return undefined;
  const peers = news.some(({ kind }) => kind === "node.probe") ? await relayPortsBeside(ctx, nodeId) : [];
  const operations = news.map((item) => ({
    id: item.id,
    kind: item.kind,
    instanceId: item.instance_id ?? "",
    input: JSON.stringify(item.kind === "node.probe" ? { peers } : item.input),
    deadlineMs: BigInt(item.deadline.getTime()),
    cancelled: item.cancel_asked_at !== null,
  }));
  for (const item of news) sent.set(item.id, wish(item));
  return { message: { case: "operations", value: { operations } } };
}

/** What the agent was handed and has not answered: with each look as much more as it can take. */
async function handedItems(ctx: Context, nodeId: string) {
  const open = await openItems(ctx, nodeId, atOnce + 1);
  const handed = open.filter(({ state }) => state !== "waiting");
  if (handed.length === open.length || handed.length >= atOnce) return handed;
  await markSent(ctx, nodeId, atOnce - handed.length);
  return (await openItems(ctx, nodeId, atOnce)).filter(({ state }) => state !== "waiting");
}

function wish(item: { cancel_asked_at: Date | null }): "asked" | "cancelled" {
  return item.cancel_asked_at === null ? "asked" : "cancelled";
}

/** Takes how far an agent is with something of its own; anything else is an old word and changes nothing. */
export async function takeProgress(
  ctx: Context,
  nodeId: string,
  { id, percent, note }: { id: string; percent: number; note: string },
): Promise<void> {
  const operationId = await saveProgress(ctx, nodeId, { id, percent: Math.min(100, percent), note: clean(note) });
  if (operationId) await notify(ctx, progressChannel, operationId); // no event: it is said again and again
}

/**
 * Takes an agent's answer, the first one to something of its own. The agent may forget it in any case: a second answer, or one
 * that comes too late, has nobody who waits for it.
 */
export async function takeResult(
  ctx: Context,
  nodeId: string,
  said: { id: string; outcome: string; result: string; code: string; detail: string },
): Promise<ControlMessageInit> {
  const answer = readAnswer(said);
  const { state } = answer;
  await transaction(ctx, async (ctx) => {
    const operationId = await saveAnswer(ctx, nodeId, said.id, answer);
    if (operationId) await record(ctx, { name: "operations.answered", data: { operationId, itemId: said.id, state } });
    ctx.log.info({ nodeId, itemId: said.id, state, isTaken: operationId !== undefined }, "operation answered");
  });
  return { message: { case: "operationsAccepted", value: { ids: [said.id] } } };
}
