import { randomBytes } from "node:crypto";

/** Crockford's base 32, lower case: sorts like the bytes it stands for, and survives being read aloud. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export type Id<Prefix extends string> = `${Prefix}_${string}`;

/** A new id: the prefix, then 48 bits of milliseconds and 80 random bits, so that ids of one kind sort by age. */
export function newId<Prefix extends string>(prefix: Prefix, now: Date = new Date()): Id<Prefix> {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  randomBytes(10).copy(bytes, 6);
  return `${prefix}_${base32(bytes)}`;
}

/** Base 32 without padding; the last character holds the bits that are left over. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >>> bits) & 31];
      held &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

/** A secret for links and tokens: 160 random bits as base 32. */
export function newSecret(): string {
  return base32(randomBytes(20));
}
