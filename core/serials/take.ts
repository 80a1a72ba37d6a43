import { Refusal } from "@berth/kit";
import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { normalise } from "./code.ts";
import { takeSerial } from "./store.ts";

export interface TakenSerial {
  readonly id: string;
  readonly planId: string;
  readonly nodeIds: readonly string[];
}

/** Thrown for every code that does not redeem, whatever the reason: the answer tells a guesser nothing. */
export class WrongCode extends Refusal {
  constructor() {
    super("invalid", "serials.not_redeemable", "this serial can't be redeemed; check the print");
  }
}

/** Uses a serial up, once, for the account that acts; in the caller's transaction. */
export async function useSerial(ctx: Context, code: string): Promise<TakenSerial> {
  const plain = normalise(code);
  const taken = plain && (await takeSerial(ctx, ctx.keys.hash("serial", plain), accountOf(ctx.actor)));
  if (!taken) throw new WrongCode();
  return { id: taken.id, planId: taken.plan_id, nodeIds: taken.node_ids };
}
