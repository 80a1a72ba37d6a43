import { createHmac, timingSafeEqual } from "node:crypto";

/** RFC 6238 as authenticator apps know it: SHA-1, six digits, thirty seconds. */
const stepMs = 30_000;
const digits = 6;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of a step (RFC 4226, 5.3). */
export function totpCode(secret: Uint8Array, step: bigint, length = digits): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(step);
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = (mac[19] as number) & 15;
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** length;
  return String(number).padStart(length, "0");
}

export function stepAt(at: Date): bigint {
  return BigInt(Math.floor(at.getTime() / stepMs));
}

/** The step that a code belongs to: the present one, or the one before for who types slowly; nothing for a wrong code. */
export function findStep(secret: Uint8Array, code: string, at: Date): bigint | undefined {
  const now = stepAt(at);
  return [now, now - 1n].find((step) => isSameText(totpCode(secret, step), code));
}

function isSameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Base 32 of RFC 4648 without padding, in which authenticator apps take secrets. */
export function secretText(secret: Uint8Array): string {
  const bits = [...secret].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** What an authenticator app reads from a QR code. */
export function totpUrl(secret: Uint8Array, username: string): string {
  const parameters = new URLSearchParams({ secret: secretText(secret), issuer: "Berth" });
  return `otpauth://totp/${encodeURIComponent(`Berth:${username}`)}?${parameters}`;
}
