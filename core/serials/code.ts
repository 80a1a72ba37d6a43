import { randomInt } from "node:crypto";

/** Thirty characters, none of which looks like another: no 0/O, no 1/I/L, no U/V pair. */
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const size = alphabet.length;
/** 24 random characters are 117 bits; the 25th checks them. */
const length = 25;
const group = 5;

/** A new code: `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. */
export function newCode(): string {
  let text = "";
  for (let i = 0; i < length - 1; i++) text += alphabet[randomInt(size)];
  return format(text + checkCharacter(text));
}

/** The code as it is hashed: upper case, without separators. Undefined when it can't be one: a slip of typing. */
export function normalise(text: string): string | undefined {
  const plain = text.toUpperCase().replace(/[\s\-–—_.]/g, "");
  if (plain.length !== length || [...plain].some((character) => !alphabet.includes(character))) return undefined;
  return checkCharacter(plain.slice(0, -1)) === plain.at(-1) ? plain : undefined;
}

function format(plain: string): string {
  return plain.match(new RegExp(`.{${group}}`, "g"))?.join("-") ?? plain;
}

/** What may be shown of a code after it was shown once. */
export function prefixOf(plain: string): string {
  return plain.slice(0, group);
}

/** ISO 7064's hybrid system, MOD 31,30: finds every single wrong character and nearly every swap of neighbours. */
function checkCharacter(text: string): string {
  let product = size;
  for (const character of text) {
    const sum = (product + alphabet.indexOf(character)) % size || size;
    product = (sum * 2) % (size + 1);
  }
  return alphabet[(size + 1 - product) % size] as string;
}
