/** As core/serials/code.ts makes them: thirty characters, the 25th checks the other 24 (ISO 7064, MOD 31,30). */
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const size = alphabet.length;
const length = 25;

/** The serial in groups of five, or nothing when it can't be one: a slip of typing, which need not cost a try. */
export function readSerial(text: string): string | undefined {
  const plain = plainSerial(text);
  if (plain.length !== length || [...plain].some((character) => !alphabet.includes(character))) return undefined;
  return checkCharacter(plain.slice(0, -1)) === plain.at(-1) ? grouped(plain) : undefined;
}

/** As it is typed: large letters, in groups of five. */
export function groupSerial(text: string): string {
  return grouped(plainSerial(text).slice(0, length));
}

function plainSerial(text: string): string {
  return text.toUpperCase().replace(/[^0-9A-Z]/g, "");
}

function grouped(plain: string): string {
  return plain.match(/.{1,5}/g)?.join("-") ?? "";
}

function checkCharacter(text: string): string | undefined {
  let product = size;
  for (const character of text) {
    const sum = (product + alphabet.indexOf(character)) % size || size;
    product = (sum * 2) % (size + 1);
  }
  return alphabet[(size + 1 - product) % size];
}
