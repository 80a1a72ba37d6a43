import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM as `nonce | ciphertext | tag`, with what it is bound to authenticated beside it. */
export function sealBytes(key: Buffer, boundTo: string, secret: string | Uint8Array): Buffer {
  // Random nonces: one key may seal 2^32 values (SP 800-38D, 8.3); keys are replaced long before that.
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(boundTo));
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Throws unless every byte is as it was sealed, by this key, for this. */
export function openBytes(key: Buffer, boundTo: string, sealed: Buffer): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw new Error("a sealed value is cut short");
  const options = { authTagLength: tagBytes };
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), options);
  decipher.setAAD(Buffer.from(boundTo)).setAuthTag(sealed.subarray(-tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
