import { newId, Refusal } from "@berth/kit";
import { actorName } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import type { NewEvent } from "./event.ts";
import { addressBlock } from "./origin.ts";
import { sealPersonal } from "./personal.ts";
import { insertEvent, isUnwritable } from "./store.ts";

/**
 * Appends an event in the caller's transaction: it is there exactly when the change is. A change whose event can't be written
 * does not happen.
 */
export async function record(ctx: Context, event: NewEvent): Promise<void> {
  const at = ctx.now();
  const id = newId("event", at);
  const { name, leaseId = null, data = {} } = event;
  const accountId = event.accountId ?? (ctx.actor.kind === "account" ? ctx.actor.accountId : null);
  const nodeId = event.nodeId ?? (ctx.actor.kind === "node" ? ctx.actor.nodeId : null);
  try {
    await insertEvent(ctx, {
      id,
      at,
      name,
      actor: actorName(ctx.actor),
      account_id: accountId,
      lease_id: leaseId,
      node_id: nodeId,
      data,
      personal: await sealPersonal(ctx, id, event),
      origin: originOf(ctx),
    });
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    ctx.log.error({ event: name, error: (error as Error).message }, "event not written, change refused");
    const message = "the audit can't be written, so nothing is changed";
    throw new Refusal("unavailable", "audit.unavailable", message, { retryAfterSeconds: 10 });
  }
  ctx.dryRun?.events.push({ name, accountId, leaseId, nodeId, data });
}

/** Tells address blocks apart without telling them. */
function originOf({ actor, keys }: Context): string | null {
  const address = actor.kind === "account" || actor.kind === "anonymous" ? actor.address : undefined;
  const block = address && addressBlock(address);
  return block ? keys.hash("audit.origin", block).toString("hex").slice(0, 24) : null;
}
