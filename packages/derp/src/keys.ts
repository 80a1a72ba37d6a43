import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from "node:crypto";
import { keyBytes } from "./frames.ts";

/** An X25519 key pair: of a relay, or of a Tailscale node. */
export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

// What stands before the 32 raw bytes in DER (RFC 8410); node:crypto takes X25519 keys only in such wrapping.
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex");

export function newKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync("x25519");
  return keyPairOf(privateKey.export({ type: "pkcs8", format: "der" }).subarray(privatePrefix.length));
}

/** The pair that belongs to 32 private bytes. */
export function keyPairOf(privateKey: Uint8Array): KeyPair {
  const spki = createPublicKey(toPrivate(privateKey)).export({ type: "spki", format: "der" });
  return { publicKey: spki.subarray(publicPrefix.length), privateKey: Buffer.from(privateKey) };
}

/** The X25519 shared secret. Throws for a peer's key of low order: its secret is known to everybody. */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
  const peer = createPublicKey({ key: Buffer.concat([publicPrefix, publicKey]), format: "der", type: "spki" });
  return diffieHellman({ privateKey: toPrivate(privateKey), publicKey: peer });
}

function toPrivate(privateKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, privateKey]), format: "der", type: "pkcs8" });
}

/** `nodekey:` and 64 lower-case hex digits: how Tailscale writes a node's public key. */
export function formatNodeKey(publicKey: Uint8Array): string {
  return `nodekey:${Buffer.from(publicKey).toString("hex")}`;
}

/** The 32 bytes of a node key, or nothing when `text` is not one. */
export function parseNodeKey(text: string): Buffer | undefined {
  return parseKey("nodekey:", text);
}

/** `privkey:` and 64 lower-case hex digits: how Tailscale writes private keys. */
export function formatPrivateKey(privateKey: Uint8Array): string {
  return `privkey:${Buffer.from(privateKey).toString("hex")}`;
}

export function parsePrivateKey(text: string): Buffer | undefined {
  return parseKey("privkey:", text);
}

function parseKey(prefix: string, text: string): Buffer | undefined {
  const hex = text.slice(prefix.length);
  if (!text.startsWith(prefix) || hex.length !== 2 * keyBytes || !/^[0-9a-f]+$/.test(hex)) return undefined;
  return Buffer.from(hex, "hex");
}
