import { Refusal } from "@berth/kit";
import { actorOfSession, holdAccount } from "../accounts/index.ts";
import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";

/**
 * Holds the caller's account until the transaction ends: of many who ask at once each sees what those before made. Refuses when
 * the session ended while it waited: a new password that ends sessions must not be outlived by a key or a passkey that one of
 * them was about to make.
 */
export async function holdSession(ctx: Context): Promise<void> {
  const { actor } = ctx;
  await holdAccount(ctx, accountOf(actor));
  if (actor.kind === "account" && (await actorOfSession(ctx, actor.sessionId, actor.address))) return;
  throw new Refusal("unauthenticated", "accounts.session_ended", "this session has ended; sign in again");
}
