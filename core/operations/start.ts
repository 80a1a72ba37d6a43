import type { operations as api, InputOf } from "@berth/api";
import { newId, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { actorName } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { type Kind, kinds, type Operation, readRequest } from "./operation.ts";
import { failedItems, getOperationRow, insertItems, insertOperation } from "./store.ts";
import { placesOf, presentNodes, showOperation } from "./views.ts";

interface Target {
  readonly nodeId: string;
  readonly instanceId: string | null;
}

/** Asks for something to be done once on each target. The nodes' streams hear of it with the commit. */
export async function startOperation(ctx: Context, asked: InputOf<typeof api.startOperation>): Promise<Operation> {
  const { targets, input } = readRequest(asked);
  return transaction(ctx, async (ctx) => {
    const deadlineMs = asked.deadlineSeconds ? asked.deadlineSeconds * 1_000 : kinds[asked.kind].deadlineMs;
    const found = await findTargets(ctx, asked.kind, targets);
    return begin(ctx, { kind: asked.kind, input, retryOf: null, deadlineMs, targets: found });
  });
}

/** The same once more for every target that failed or expired; each of those is a new thing to be done. */
export async function retryOperation(ctx: Context, operationId: string): Promise<Operation> {
  return transaction(ctx, async (ctx) => {
    const before = await getOperationRow(ctx, operationId);
    const failed = await failedItems(ctx, operationId);
    if (failed.length === 0) throw new Refusal("conflict", "operations.nothing_failed", "nothing of it failed");
    const kind = before.kind as Kind;
    const ids = failed.map((item) => item.instance_id ?? item.node_id);
    const deadlineMs = before.deadline.getTime() - before.created_at.getTime();
    // What is gone since then is left out: it must not keep the others from being tried.
    const targets = await presentTargets(ctx, kind, ids);
    if (targets.length === 0)
      throw new Refusal("not_found", "operations.no_such_target", "nothing of what failed is there");
    return begin(ctx, { kind, input: before.input as object, retryOf: before.id, deadlineMs, targets });
  });
}

async function presentTargets(ctx: Context, kind: Kind, ids: readonly string[]): Promise<Target[]> {
  if (kinds[kind].target === "node") {
    return (await presentNodes(ctx, ids)).map((id) => ({ nodeId: id, instanceId: null }));
  }
  return (await placesOf(ctx, ids)).map(({ id, node_id }) => ({ nodeId: node_id, instanceId: id }));
}

async function findTargets(ctx: Context, kind: Kind, ids: readonly string[]): Promise<Target[]> {
  const found = await presentTargets(ctx, kind, ids);
  const present = new Set(found.map(({ nodeId, instanceId }) => instanceId ?? nodeId));
  const missing = ids.find((id) => !present.has(id));
  if (missing) throw new Refusal("not_found", "operations.no_such_target", `${missing} is not there, or does not run`);
  return found;
}

interface Beginning {
  readonly kind: Kind;
  readonly input: object;
  readonly retryOf: string | null;
  readonly deadlineMs: number;
  readonly targets: readonly Target[];
}

async function begin(ctx: Context, { kind, input, retryOf, deadlineMs, targets }: Beginning): Promise<Operation> {
  const now = ctx.now();
  const id = newId("operation", now);
  await insertOperation(ctx, {
    id,
    kind,
    input,
    made_by: actorName(ctx.actor),
    retry_of: retryOf,
    deadline: new Date(now.getTime() + deadlineMs),
    created_at: now,
  });
  const items = targets.map((target) => ({
    id: newId("item", now),
    operation_id: id,
    node_id: target.nodeId,
    instance_id: target.instanceId,
  }));
  await insertItems(ctx, items);
  for (const nodeId of new Set(targets.map(({ nodeId }) => nodeId))) await notify(ctx, "operations_changed", nodeId);
  await record(ctx, { name: "operations.started", data: { operationId: id, kind, targets: targets.length, retryOf } });
  return showOperation(ctx, id);
}
