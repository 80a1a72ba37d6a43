import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { normalise } from "./code.ts";
import { takeSerial } from "./store.ts";

export interface TakenSerial {
  readonly id: string;
  readonly planId: string;
  readonly nodeIds: readonly string[];
}

/**
 * Uses a serial up, once, for the account that acts, in the caller's transaction. Undefined for every code that does not
 * redeem, whatever the reason, so that answers tell a guesser nothing.
 */
export async function useSerial(ctx: Context, code: string): Promise<TakenSerial | undefined> {
  const plain = normalise(code);
  const taken = plain && (await takeSerial(ctx, ctx.keys.hash("serial", plain), accountOf(ctx.actor)));
  return taken ? { id: taken.id, planId: taken.plan_id, nodeIds: taken.node_ids } : undefined;
}
