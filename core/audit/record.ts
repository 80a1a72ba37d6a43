import { newId } from "@berth/kit";
import { actorName } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import type { NewEvent } from "./event.ts";
import { insertEvent } from "./store.ts";

/** Appends an event in the caller's transaction: it is there exactly when the change is. */
export async function record(ctx: Context, event: NewEvent): Promise<void> {
  const at = ctx.now();
  await insertEvent(ctx, {
    id: newId("event", at),
    at,
    name: event.name,
    actor: actorName(ctx.actor),
    account_id: event.accountId ?? (ctx.actor.kind === "account" ? ctx.actor.accountId : null),
    lease_id: event.leaseId ?? null,
    node_id: event.nodeId ?? (ctx.actor.kind === "node" ? ctx.actor.nodeId : null),
    data: event.data ?? {},
  });
}
