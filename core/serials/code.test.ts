import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newCode, normalise } from "./code.ts";

const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const codes = fc.constant(null).map(() => normalise(newCode()) as string);

test("a code is read back however it is written", () => {
  for (let i = 0; i < 200; i++) {
    const code = newCode();
    const plain = normalise(code);
    assert.match(code, /^([2-9A-HJKMNP-TV-Z]{5}-){4}[2-9A-HJKMNP-TV-Z]{5}$/);
    assert.equal(normalise(code.toLowerCase().replaceAll("-", " ")), plain);
    assert.equal(normalise(` ${code.replaceAll("-", "")}\n`), plain);
  }
});

test("every wrong character is noticed", () => {
  fc.assert(
    fc.property(codes, fc.nat(24), fc.nat(29), (code, at, other) => {
      const wrong = code.slice(0, at) + alphabet[other] + code.slice(at + 1);
      return wrong === code || normalise(wrong) === undefined;
    }),
    { numRuns: 3_000 },
  );
});

test("swapped neighbours are noticed but for one pair of characters", () => {
  let missed = 0;
  let tried = 0;
  for (let i = 0; i < 2_000; i++) {
    const code = normalise(newCode()) as string;
    const at = i % 24;
    const swapped = code.slice(0, at) + code[at + 1] + code[at] + code.slice(at + 2);
    if (swapped === code) continue;
    tried += 1;
    if (normalise(swapped) !== undefined) missed += 1;
  }
  assert.ok(missed <= tried * 0.02, `${missed} of ${tried} swaps went unnoticed`);
});

test("what is too short, too long or foreign is no code", () => {
  for (const text of ["", "ABC", "A".repeat(26), "00000-00000-00000-00000-00000", "I".repeat(25), "💥".repeat(25)]) {
    assert.equal(normalise(text), undefined, text);
  }
});
