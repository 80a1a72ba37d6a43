import { timingSafeEqual } from "node:crypto";
import type { Actor } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { lackOf } from "../platform/database.ts";
import { hashSecret, keyPermissions, keyRefused, readKey, usedMs } from "./api-key.ts";
import { noteUse } from "./key-store.ts";
import { actorOfToken } from "./token.ts";
import { findLiveKey } from "./views.ts";

export interface Presented {
  readonly authorization: string | undefined;
  readonly address: string;
  /** Who tokens are said to be from. */
  readonly issuer: string;
}

/** Who a program's key or token lets act; nothing when it brought neither, so that it is for a session to say. */
export async function identifyProgram(
  ctx: Context,
  { authorization, address, issuer }: Presented,
): Promise<Actor | undefined> {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (bearer?.startsWith("berth_")) return actorOfKey(ctx, bearer, address);
  // No session's token has a dot in it, and every JWS has.
  if (bearer?.includes(".")) return actorOfToken(ctx, bearer, { address, issuer });
  return undefined;
}

/** When a key was used last is worth less than what it asks for: a database without room still answers who reads. */
async function noteUseIfPossible(ctx: Context, keyId: string): Promise<void> {
  await noteUse(ctx, keyId).catch((error: unknown) => {
    if (lackOf(error) !== "room") throw error;
  });
}

async function actorOfKey(ctx: Context, text: string, address: string): Promise<Actor> {
  const read = readKey(text);
  const key = read && (await findLiveKey(ctx, read.keyId));
  if (!key || !timingSafeEqual(key.secret_hash, hashSecret(ctx, read.keyId, read.secret))) throw keyRefused();
  if (!key.last_used_at || ctx.now().getTime() - key.last_used_at.getTime() >= usedMs)
    await noteUseIfPossible(ctx, key.id);
  const permissions = keyPermissions(key.scopes, key);
  return {
    kind: "account",
    accountId: key.account_id,
    role: key.role,
    permissions,
    via: "key",
    sessionId: key.id,
    address,
  };
}
