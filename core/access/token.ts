import type { keys, ReplyOf } from "@berth/api";
import { minuteMs, newSecret, Refusal } from "@berth/kit";
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify, SignJWT } from "jose";
import { actorOfSession } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { type Actor, accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { presentTokenKey, publicTokenKey } from "./token-key.ts";

const tokenMs = 5 * minuteMs;
const audience = "berth";
const typ = "at+jwt";

/** A token for programs, from the session that asks. It says who asked; what they may do is read at every call. */
export async function mintToken(ctx: Context, issuer: string): Promise<ReplyOf<typeof keys.mintToken>> {
  const accountId = accountOf(ctx.actor);
  const sessionId = ctx.actor.kind === "account" ? ctx.actor.sessionId : "";
  const iat = Math.floor(ctx.now().getTime() / 1_000);
  const exp = iat + tokenMs / 1_000;
  const { id, privateKey } = await transaction(ctx, async (ctx) => {
    await record(ctx, { name: "access.token_minted", data: { sessionId } });
    return presentTokenKey(ctx);
  });
  const token = await new SignJWT({ iss: issuer, aud: audience, sub: accountId, sid: sessionId, iat, exp })
    .setProtectedHeader({ alg: "EdDSA", typ, kid: id })
    .setJti(newSecret())
    .sign(privateKey);
  return { token, expiresAt: new Date(exp * 1_000).toISOString() };
}

/** Who a token lets act: its session is asked for at every call, so one that has ended is out at once. */
export async function actorOfToken(
  ctx: Context,
  token: string,
  { address, issuer }: { address: string; issuer: string },
): Promise<Actor> {
  const payload = await verifyToken(ctx, token, issuer);
  const actor = payload && (await actorOfSession(ctx, String(payload.sid), address));
  if (actor?.kind !== "account" || actor.accountId !== payload?.sub) throw tokenRefused();
  return actor;
}

/** The claims of a token that one of our keys signed, and that is good now; one algorithm, whatever the token says. */
async function verifyToken(ctx: Context, token: string, issuer: string): Promise<JWTPayload | undefined> {
  const demanded: JWTVerifyOptions = {
    algorithms: ["EdDSA"],
    issuer,
    audience,
    typ,
    requiredClaims: ["exp", "iat", "sub", "sid", "jti"],
    maxTokenAge: tokenMs / 1_000,
    currentDate: ctx.now(),
  };
  try {
    return (await jwtVerify(token, ({ kid }) => publicTokenKey(ctx, kid), demanded)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** The same words whatever is wrong with it. */
function tokenRefused(): Refusal {
  return new Refusal(
    "unauthenticated",
    "access.token_refused",
    "this token is not good, or no longer; ask your session for another",
  );
}
