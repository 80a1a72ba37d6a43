import { newId } from "@berth/kit";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import type { Context } from "../platform/context.ts";
import { newPlaceMail } from "./mails.ts";
import { agentOf, placeOf } from "./place.ts";
import type { Client } from "./session.ts";
import { hasSignedIn, insertSignIn, visitPlace } from "./sign-in-store.ts";
import type { Account } from "./views.ts";

interface SignIn {
  readonly account: Account;
  readonly sessionId: string;
  readonly ways: readonly string[];
  readonly client: Client;
}

/**
 * Writes a sign-in into the account's history, and tells its owner by mail when it came from a place that is new for the
 * account; not of the very first, which the owner just made. Call it with the account locked: a place is told of once.
 */
export async function noteSignIn(ctx: Context, { account, sessionId, ways, client }: SignIn): Promise<void> {
  const at = ctx.now();
  const [place, agent] = [placeOf(client.address), agentOf(client.userAgent)];
  const isFirst = !(await hasSignedIn(ctx, account.id));
  const isNewPlace = await visitPlace(ctx, account.id, { place, agent });
  const row = { id: newId("signin", at), account_id: account.id, session_id: sessionId, at, ways: [...ways] };
  await insertSignIn(ctx, { ...row, is_new_place: isNewPlace }, { address: client.address, agent });
  if (isFirst || !isNewPlace) return;
  await record(ctx, { name: "accounts.signed_in_from_new_place", accountId: account.id, data: { sessionId } });
  const to = { accountId: account.id, address: account.email, username: account.username };
  await sendMail(ctx, newPlaceMail(to, { at, place, agent }));
}
