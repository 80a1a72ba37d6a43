import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import type { Operation } from "./operation.ts";
import { cancelItems, getOperationRow } from "./store.ts";
import { showOperation } from "./views.ts";

/** Cancels the rest. What no agent has heard of never begins; agents that have are told to stop. Safe to repeat. */
export async function cancelOperation(ctx: Context, operationId: string): Promise<Operation> {
  return transaction(ctx, async (ctx) => {
    await getOperationRow(ctx, operationId);
    for (const nodeId of await cancelItems(ctx, operationId)) await notify(ctx, "operations_changed", nodeId);
    await record(ctx, { name: "operations.cancelled", data: { operationId } });
    return showOperation(ctx, operationId);
  });
}
