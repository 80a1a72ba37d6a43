import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Context } from "../platform/context.ts";
import { allKeys, insertKey, newestKey } from "./store.ts";

export interface SigningKey {
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
}

/** The Ed25519 key that signs the chain's head; made when there is none. Call it with the chain locked. */
export async function signingKey(ctx: Context): Promise<SigningKey> {
  const known = await newestKey(ctx);
  if (known) {
    const der = ctx.keys.open(place(known.public_key), known.private_key);
    return { publicKey: known.public_key, privateKey: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
  }
  const made = generateKeyPairSync("ed25519");
  const publicKey = made.publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const der = made.privateKey.export({ format: "der", type: "pkcs8" });
  await insertKey(ctx, { public_key: publicKey, private_key: ctx.keys.seal(place(publicKey), der) });
  return { publicKey, privateKey: made.privateKey };
}

/**
 * The public keys, in hex, whose private halves are sealed under the master key. Anybody who writes to the database can
 * make a key pair and sign with it, but not seal it.
 */
export async function trustedKeys(ctx: Context): Promise<Set<string>> {
  const trusted = (await allKeys(ctx)).filter((key) => isOurs(ctx, key));
  return new Set(trusted.map(({ public_key }) => public_key.toString("hex")));
}

function isOurs(ctx: Context, { public_key, private_key }: { public_key: Buffer; private_key: Buffer }): boolean {
  try {
    return ctx.keys.open(place(public_key), private_key).length > 0;
  } catch {
    return false; // sealed by somebody else, or for another key
  }
}

const place = (publicKey: Buffer) => `event_keys|private_key|${publicKey.toString("hex")}`;

/** What is signed: the position and the hash, so that a head can't be moved along the chain. */
const headBytes = (position: bigint, hash: Buffer) => Buffer.concat([Buffer.from(`berth head ${position}\n`), hash]);

export function signHead(key: SigningKey, position: bigint, hash: Buffer): Buffer {
  return sign(null, headBytes(position, hash), key.privateKey);
}

export function isHeadSigned(head: { position: bigint; hash: Buffer; public_key: Buffer; signature: Buffer }): boolean {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), head.public_key]);
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  return verify(null, headBytes(head.position, head.hash), key, head.signature);
}
