import { Refusal } from "@berth/kit";
import type { Actor } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { permissionsOf } from "./role.ts";
import { cookieToken, hashToken } from "./session.ts";
import { findSessionBy, type LiveSession } from "./views.ts";

export interface Presented {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly address: string;
}

/**
 * Whose request this is, asked of the database every time, so that a session ends everywhere at once. A token that a program
 * sends must be good. A browser's dead cookie counts as none: it could not be sent away from the page that signs in.
 * The platform has refused what other sites send before it asks here.
 */
export async function identifyRequest(ctx: Context, { headers, address }: Presented): Promise<Actor> {
  const bearer = /^Bearer +(\S+)$/i.exec(String(headers.authorization ?? ""))?.[1];
  const token = bearer ?? cookieToken(headers);
  if (token === undefined) return { kind: "anonymous", address };
  const session = await findSessionBy(ctx, { tokenHash: hashToken(ctx, token) });
  if (session) return toActor(session, "session", address);
  if (bearer === undefined) return { kind: "anonymous", address };
  throw new Refusal("unauthenticated", "accounts.session_ended", "this session has ended; sign in again");
}

/** Who a session lets act, for a token that it minted. Nothing when it has ended, or its account may not act now. */
export async function actorOfSession(ctx: Context, sessionId: string, address: string): Promise<Actor | undefined> {
  const session = await findSessionBy(ctx, { id: sessionId });
  return session && toActor(session, "token", address);
}

function toActor(session: LiveSession, via: "session" | "token", address: string): Actor {
  const { id: sessionId, account_id: accountId, role } = session;
  return { kind: "account", accountId, role, permissions: permissionsOf(session), via, sessionId, address };
}
