import type { accounts, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { stateRefusal, wrongCredentials } from "./account.ts";
import { startSession } from "./auth.ts";
import { type Proof, provePassword } from "./prove.ts";
import { type Issued, sessionCookie } from "./session.ts";
import { lockAccount } from "./store.ts";
import { getAccount } from "./views.ts";

export type SignedIn = ReplyOf<typeof accounts.signIn>;

/** Signs in with address and password. What else stands in the way is told only to whoever knows the password. */
export async function signIn(
  ctx: Context,
  { email, password }: InputOf<typeof accounts.signIn>,
  exchange: Exchange,
): Promise<SignedIn> {
  const proof = await provePassword(ctx, email, password);
  const result = await transaction(ctx, async (ctx) => {
    const session = await openSession(ctx, { ...proof, email }, exchange);
    // Committed, not thrown: a failed try leaves its event.
    if (session instanceof Refusal) await recordFailure(ctx, proof.accountId, session);
    return session;
  });
  if (result instanceof Refusal) throw result;
  return result;
}

/** The session of a proven password, or why there is none. */
async function openSession(
  ctx: Context,
  { accountId, passwordHash, email }: Proof & { email: string },
  exchange: Exchange,
): Promise<SignedIn | Refusal> {
  if (!accountId || !passwordHash) return wrongCredentials();
  const account = await lockAccount(ctx, accountId);
  const refusal = account && stateRefusal(account.state);
  if (refusal) return refusal;
  const session = await startSession(ctx, { email, passwordHash, client: exchange });
  return session ? welcome(ctx, accountId, session, exchange) : wrongCredentials();
}

async function recordFailure(ctx: Context, accountId: string | undefined, { code }: Refusal): Promise<void> {
  await record(ctx, { name: "accounts.sign_in_failed", accountId, data: { reason: code } });
}

/** Notes the new session and hands it out: in the reply for programs, as a cookie for browsers. */
export async function welcome(ctx: Context, accountId: string, session: Issued, exchange: Exchange): Promise<SignedIn> {
  const { sessionId, token, expiresAt } = session;
  await record(ctx, { name: "accounts.signed_in", accountId, data: { sessionId } });
  const account = await getAccount(ctx, accountId);
  exchange.setCookie(sessionCookie(exchange.headers, token));
  return { token, account, expiresAt: expiresAt.toISOString() };
}
