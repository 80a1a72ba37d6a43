import { randomBytes } from "node:crypto";
import { hsalsa, xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { sharedSecret } from "./keys.ts";

/** NaCl's crypto_box with the nonce before it: X25519, HSalsa20, XSalsa20-Poly1305. */

export const nonceBytes = 24;
const tagBytes = 16;

/** Whose private key and whose public key make a box; both directions have the same secret. */
export interface BoxKeys {
  readonly privateKey: Uint8Array;
  readonly peerKey: Uint8Array;
}

const sigma = words(Buffer.from("expand 32-byte k"));

/** `nonce` is for test vectors only: the same nonce twice gives the messages away. */
export function seal(message: Uint8Array, keys: BoxKeys, nonce: Uint8Array = randomBytes(nonceBytes)): Buffer {
  return Buffer.concat([nonce, xsalsa20poly1305(boxKey(keys), nonce).encrypt(message)]);
}

/** The message, or nothing when the box was not made with these keys. */
export function open(box: Uint8Array, keys: BoxKeys): Buffer | undefined {
  if (box.length < nonceBytes + tagBytes) return undefined;
  try {
    const cipher = xsalsa20poly1305(boxKey(keys), Uint8Array.from(box.subarray(0, nonceBytes)));
    return Buffer.from(cipher.decrypt(Uint8Array.from(box.subarray(nonceBytes))));
  } catch {
    return undefined; // a wrong tag, or a public key of low order: both mean that nobody proved anything
  }
}

function boxKey({ privateKey, peerKey }: BoxKeys): Uint8Array {
  const key = new Uint32Array(8);
  hsalsa(sigma, words(sharedSecret(privateKey, peerKey)), new Uint32Array(4), key);
  return new Uint8Array(key.buffer);
}

/** The bytes as 32-bit words, copied so that they are aligned. */
function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}
