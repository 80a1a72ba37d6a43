import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Context } from "../platform/context.ts";
import { insertKey, newestKey } from "./store.ts";

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
