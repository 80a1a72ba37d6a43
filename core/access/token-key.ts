import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { dayMs, hourMs, minuteMs, newId } from "@berth/kit";
import { errors } from "jose";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import {
  deleteTokenKey,
  findTokenKey,
  findTokenKeys,
  insertTokenKey,
  lockTokenKeys,
  type TokenKeyRow,
} from "./token-key-store.ts";

/** A key signs for so long; the next one is published from half of it on, so that everybody has it before it signs. */
export const signsMs = 30 * dayMs;
const leastAheadMs = hourMs;
/** Longer than a token lives. */
const restMs = 10 * minuteMs;

const place = (keyId: string) => `token_keys|private_key|${keyId}`;
/** What stands before the 32 bytes of an Ed25519 public key in its SPKI form (RFC 8410). */
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");

/** The key that signs now; made when there is none yet. */
export async function presentTokenKey(ctx: Context): Promise<{ id: string; privateKey: KeyObject }> {
  const present = (await signing(ctx)) ?? (await rotateTokenKeys(ctx).then(() => signing(ctx)));
  if (!present) throw new Error("no key signs tokens");
  const der = ctx.keys.open(place(present.id), present.private_key);
  return { id: present.id, privateKey: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
}

async function signing(ctx: Context): Promise<TokenKeyRow | undefined> {
  return (await findTokenKeys(ctx)).find(({ signs_from }) => signs_from <= ctx.now());
}

/** The public half of the key that a token names: of ours and nobody else's. */
export async function publicTokenKey(ctx: Context, keyId: string | undefined): Promise<KeyObject> {
  const key = keyId === undefined ? undefined : await findTokenKey(ctx, keyId);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return createPublicKey({ key: Buffer.concat([spkiHead, key.public_key]), format: "der", type: "spki" });
}

/** What others need to check tokens: the key that signs, the next one, and the last one while its tokens live (RFC 7517). */
export async function publishedKeys(ctx: Context) {
  const keys = (await findTokenKeys(ctx)).map(({ id, public_key }) => ({
    kty: "OKP",
    crv: "Ed25519",
    x: public_key.toString("base64url"),
    kid: id,
    alg: "EdDSA",
    use: "sig",
  }));
  return { keys };
}

/** Publishes the next key when it is time, and forgets those whose tokens have all run out. Safe to repeat. */
export async function rotateTokenKeys(ctx: Context): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await lockTokenKeys(ctx);
    const now = ctx.now().getTime();
    const keys = await findTokenKeys(ctx);
    const newest = keys[0]?.signs_from.getTime();
    if (newest === undefined) await makeTokenKey(ctx, now);
    else if (newest <= now - signsMs / 2) await makeTokenKey(ctx, Math.max(newest + signsMs, now + leastAheadMs));
    for (const [n, { id }] of keys.entries()) {
      const successor = keys[n - 1]?.signs_from.getTime();
      if (successor === undefined || successor + restMs > now) continue;
      await deleteTokenKey(ctx, id);
      await record(ctx, { name: "access.token_key_retired", data: { keyId: id } });
    }
  });
}

async function makeTokenKey(ctx: Context, signsFromMs: number): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const keyId = newId("tokenkey", ctx.now());
  const signsFrom = new Date(signsFromMs);
  await insertTokenKey(ctx, {
    id: keyId,
    public_key: publicKey.export({ format: "der", type: "spki" }).subarray(-32),
    private_key: ctx.keys.seal(place(keyId), privateKey.export({ format: "der", type: "pkcs8" })),
    created_at: ctx.now(),
    signs_from: signsFrom,
  });
  await record(ctx, { name: "access.token_key_made", data: { keyId, signsFrom: signsFrom.toISOString() } });
}

/** Late by hours, it still publishes a key an hour before that signs. */
export const tokenKeySweep: Sweep = { name: "access.rotate_token_keys", everyMs: 10 * minuteMs, run: rotateTokenKeys };
