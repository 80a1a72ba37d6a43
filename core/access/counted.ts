import { Refusal } from "@berth/kit";
import { type Context, transaction } from "../platform/context.ts";

/** A transaction that commits even when it ends in a refusal: failed tries count, spent challenges stay spent. */
export async function counted<T>(ctx: Context, work: (ctx: Context) => Promise<T | Refusal>): Promise<T> {
  const result = await transaction(ctx, work);
  if (result instanceof Refusal) throw result;
  return result;
}
