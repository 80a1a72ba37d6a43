import type { accounts, InputOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { clearedCookie } from "./session.ts";
import { deleteSession } from "./store.ts";

type Ended = { ended: true };

/** Ends the session that this request came with. */
export async function signOut(ctx: Context, _input: object, exchange: Exchange): Promise<Ended> {
  const accountId = accountOf(ctx.actor);
  const sessionId = ctx.actor.kind === "account" ? ctx.actor.sessionId : "";
  await transaction(ctx, async (ctx) => {
    if (await deleteSession(ctx, accountId, sessionId))
      await record(ctx, { name: "accounts.signed_out", data: { sessionId } });
  });
  exchange.setCookie(clearedCookie(exchange.headers));
  return { ended: true };
}

/** Ends one of one's own sessions, wherever it is in use. */
export async function revokeSession(
  ctx: Context,
  { sessionId }: InputOf<typeof accounts.revokeSession>,
): Promise<Ended> {
  const accountId = accountOf(ctx.actor);
  await transaction(ctx, async (ctx) => {
    if (!(await deleteSession(ctx, accountId, sessionId))) {
      throw new Refusal("not_found", "accounts.session_not_found", `no session ${sessionId}`);
    }
    await record(ctx, { name: "accounts.session_revoked", data: { sessionId } });
  });
  return { ended: true };
}
