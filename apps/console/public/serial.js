// @ts-check

/** As core/serials/code.ts makes them: thirty characters, the 25th checks the other 24 (ISO 7064, MOD 31,30). */
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const size = alphabet.length;

/**
 * The serial in groups of five, or nothing when it can't be one: a slip of typing, which need not cost a try.
 * @param {string} text
 */
export function readSerial(text) {
  const plain = text.toUpperCase().replace(/[\s\-–—_.]/g, "");
  if (!new RegExp(`^[${alphabet}]{25}$`).test(plain)) return undefined;
  return checkCharacter(plain.slice(0, -1)) === plain.at(-1) ? plain.match(/.{5}/g)?.join("-") : undefined;
}

/** @param {string} text */
function checkCharacter(text) {
  let product = size;
  for (const character of text) {
    const sum = (product + alphabet.indexOf(character)) % size || size;
    product = (sum * 2) % (size + 1);
  }
  return alphabet[(size + 1 - product) % size];
}
