import type { accounts, ReplyOf } from "@berth/api";
import { newId, newSecret, type Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { stateRefusal, wrongCredentials } from "./account.ts";
import { sealClient } from "./client.ts";
import { noteSignIn } from "./note-sign-in.ts";
import { hashToken, type Issued, sessionCookie, sessionEnd } from "./session.ts";
import { findPasswordHash, insertSession, markProven } from "./session-store.ts";
import { lockAccount } from "./store.ts";
import { getOwnAccount } from "./views.ts";

export type SignedIn = ReplyOf<typeof accounts.verifyEmail>;

/** By what somebody proved who they are. */
export type Way = "password" | "code" | "totp" | "recovery" | "passkey";

interface Entry {
  readonly ways: readonly Way[];
  readonly exchange: Exchange;
}

/**
 * Locks an account whose owner is at the door; returns why they may not come in, or nothing. `passwordHash`: what their
 * password was found to belong to, which may have been changed since.
 */
export async function admitAccount(
  ctx: Context,
  accountId: string,
  passwordHash?: string,
): Promise<Refusal | undefined> {
  const account = await lockAccount(ctx, accountId);
  if (!account) return wrongCredentials();
  if (passwordHash !== undefined && passwordHash !== (await findPasswordHash(ctx, accountId)))
    return wrongCredentials();
  return stateRefusal(account.state);
}

/** A failed try leaves its event: call it in a transaction that commits. */
export async function recordFailure(ctx: Context, accountId: string | undefined, { code }: Refusal): Promise<void> {
  await record(ctx, { name: "accounts.sign_in_failed", accountId, data: { reason: code } });
}

/** A session for an admitted account, once everything is proven that it has. */
export async function beginSession(ctx: Context, accountId: string, entry: Entry): Promise<SignedIn> {
  const now = ctx.now();
  const token = newSecret();
  const issued = { sessionId: newId("session", now), token, expiresAt: await sessionEnd(ctx) };
  await insertSession(ctx, {
    id: issued.sessionId,
    account_id: accountId,
    token_hash: hashToken(ctx, token),
    expires_at: issued.expiresAt,
    client: sealClient(ctx, `sessions|client|${issued.sessionId}`, entry.exchange),
    created_at: now,
    updated_at: now,
  });
  return welcome(ctx, accountId, issued, entry);
}

/** Notes the new session and hands it out: in the reply for programs, as a cookie for browsers. */
async function welcome(
  ctx: Context,
  accountId: string,
  { sessionId, token, expiresAt }: Issued,
  { ways, exchange }: Entry,
): Promise<SignedIn> {
  await markProven(ctx, sessionId);
  await record(ctx, { name: "accounts.signed_in", accountId, data: { sessionId, ways } });
  const account = await getOwnAccount(ctx, accountId);
  await noteSignIn(ctx, { account, sessionId, ways, client: exchange });
  const leftSeconds = Math.round((expiresAt.getTime() - ctx.now().getTime()) / 1_000);
  exchange.setCookie(sessionCookie(exchange.headers, token, leftSeconds));
  return { token, account, expiresAt: expiresAt.toISOString() };
}
