import { type InputOf, keys, type ReplyOf } from "@berth/api";
import { dayMs, newSecret, Refusal } from "@berth/kit";
import { requireHeld } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { hashSecret, writeKey } from "./api-key.ts";
import { holdSession } from "./hold-session.ts";
import { countLiveKeys, insertKey, newKeyId, revokeKeyRow } from "./key-store.ts";
import { toKey } from "./views.ts";

/** Makes an API key of one's own. Its secret is in the answer only; the table has a keyed hash. */
export async function createKey(
  ctx: Context,
  { name, scopes, days }: InputOf<typeof keys.createKey>,
): Promise<ReplyOf<typeof keys.createKey>> {
  requireHeld(ctx, scopes);
  const [keyId, secret, now] = [newKeyId(ctx), newSecret(), ctx.now()];
  const accountId = accountOf(ctx.actor);
  return transaction(ctx, async (ctx) => {
    await holdSession(ctx);
    if ((await countLiveKeys(ctx, accountId)) >= keys.mostKeys) throw tooManyKeys();
    const key = await insertKey(ctx, {
      id: keyId,
      account_id: accountId,
      name,
      secret_hash: hashSecret(ctx, keyId, secret),
      scopes: [...new Set(scopes)],
      created_at: now,
      expires_at: new Date(now.getTime() + days * dayMs),
    });
    await record(ctx, { name: "access.key_made", data: { keyId, scopes: key.scopes, days } });
    return { key: toKey(key), secret: writeKey(keyId, secret) };
  });
}

function tooManyKeys(): Refusal {
  const message = `an account has at most ${keys.mostKeys} keys that are good: revoke one first`;
  return new Refusal("conflict", "access.too_many_keys", message);
}

/** Revokes one of one's own keys. Safe to repeat. */
export async function revokeKey(
  ctx: Context,
  { keyId }: InputOf<typeof keys.revokeKey>,
): Promise<ReplyOf<typeof keys.revokeKey>> {
  return transaction(ctx, async (ctx) => {
    const { key, isRevoked } = await revokeKeyRow(ctx, accountOf(ctx.actor), keyId);
    if (!key) throw new Refusal("not_found", "access.key_not_found", `no key ${keyId}`);
    if (isRevoked) await record(ctx, { name: "access.key_revoked", data: { keyId } });
    return toKey(key);
  });
}
