import { base32, Refusal } from "@berth/kit";
import { masterFingerprint } from "./keys.ts";

/*
 * A master key on paper: 52 characters of Crockford's base 32 (256 bits and four zeros), in 13 groups of four. Each group ends
 * with a check character that depends on its number, so a slip of the pen is found where it is: every wrong character, every
 * swap of neighbours in a group, every two groups in each other's place.
 */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const groups = 13;
const perGroup = 4;
const perLine = 5;

/** The lines of the sheet. Those that begin with `#` are for people and are left out when it is read. */
export function toSheet(master: Buffer): string {
  const symbols = [...base32(master).toUpperCase()].map((character) => alphabet.indexOf(character));
  const written = Array.from({ length: groups }, (_, at) => {
    const group = symbols.slice(at * perGroup, (at + 1) * perGroup);
    return [...group, checkOf(group, at)].map((symbol) => alphabet[symbol]).join("");
  });
  const lines: string[] = [];
  for (let at = 0; at < groups; at += perLine) lines.push(`  ${written.slice(at, at + perLine).join("   ")}`);
  return [
    "# Recovery sheet of this Berth installation: its master key. Whoever holds it and a backup can read every secret.",
    `# Fingerprint ${masterFingerprint(master).slice(0, 8)}. There is no O, I, L or U on it. Keep it away from the backups.`,
    ...lines,
    "# To restore: npm run berth -- keys restore, then type the groups.",
    "",
  ].join("\n");
}

/** The master key of a sheet, however it is spaced and cased. Refuses a slip and says in which group it is. */
export function fromSheet(text: string): Buffer {
  const plain = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("")
    .toUpperCase()
    .replace(/[\s\-–—.]/g, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  const symbols = [...plain].map((character) => alphabet.indexOf(character));
  if (symbols.length !== groups * (perGroup + 1)) {
    throw wrong(`it has ${groups} groups of ${perGroup + 1} characters, here are ${symbols.length} characters`);
  }
  const key: number[] = [];
  for (let at = 0; at < groups; at++) {
    const group = symbols.slice(at * (perGroup + 1), (at + 1) * (perGroup + 1));
    const isRight = !group.includes(-1) && checkOf(group.slice(0, perGroup), at) === group[perGroup];
    if (!isRight) throw wrong(`group ${at + 1} of ${groups} has a slip`);
    key.push(...group.slice(0, perGroup));
  }
  return toBytes(key);
}

function toBytes(symbols: readonly number[]): Buffer {
  let value = 0n;
  for (const symbol of symbols) value = (value << 5n) | BigInt(symbol);
  if (value & 15n) throw wrong("the last group has a slip");
  return Buffer.from((value >> 4n).toString(16).padStart(64, "0"), "hex");
}

/** A sum in GF(32), each symbol and the group's number weighted by another power of x. */
function checkOf(group: readonly number[], number: number): number {
  return [...group, number].reduce((sum, symbol) => timesX(sum ^ symbol), 0);
}

/** Times x in GF(2)[x] / (x^5 + x^2 + 1). */
function timesX(value: number): number {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}

function wrong(why: string): Refusal {
  return new Refusal("invalid", "keys.wrong_sheet", `this is not a recovery sheet: ${why}`);
}
