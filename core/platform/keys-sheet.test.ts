import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fromSheet, toSheet } from "./keys-sheet.ts";

const master = Buffer.from("00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef", "hex");
const groupsOf = (sheet: string) => sheet.replace(/^#.*$/gm, "").trim().split(/\s+/);
const groups = groupsOf(toSheet(master));

test("a master key survives paper, in any case and spacing, and with the letters that look like digits", () => {
  for (const key of [
    master,
    Buffer.alloc(32),
    Buffer.alloc(32, 255),
    ...Array.from({ length: 200 }, () => randomBytes(32)),
  ]) {
    const sheet = toSheet(key);
    assert.deepEqual(fromSheet(sheet), key);
    assert.deepEqual(fromSheet(groupsOf(sheet).join("-").toLowerCase()), key);
    assert.deepEqual(fromSheet(groupsOf(sheet).join("").replaceAll("0", "o").replaceAll("1", "l")), key);
  }
  assert.equal(groups.length, 13);
  assert.ok(groups.every((group) => /^[0-9A-HJKMNP-TV-Z]{5}$/.test(group)));
});

test("every wrong character is found in its group", () => {
  const plain = groups.join("");
  for (let at = 0; at < plain.length; at++) {
    for (const character of "0123456789ABCDEFGHJKMNPQRSTVWXYZ") {
      if (character === plain[at]) continue;
      const slip = `${plain.slice(0, at)}${character}${plain.slice(at + 1)}`;
      assert.throws(() => fromSheet(slip), new RegExp(`group ${Math.floor(at / 5) + 1} of 13 has a slip`));
    }
  }
});

test("swapped neighbours and swapped groups are found", () => {
  const plain = groups.join("");
  for (let at = 0; at < plain.length - 1; at++) {
    const swapped = `${plain.slice(0, at)}${plain[at + 1]}${plain[at]}${plain.slice(at + 2)}`;
    if (swapped !== plain) assert.throws(() => fromSheet(swapped), /slip/, `at ${at}`);
  }
  for (let one = 0; one < 13; one++) {
    for (let other = one + 1; other < 13; other++) {
      const swapped = groups.with(one, groups[other] as string).with(other, groups[one] as string);
      assert.throws(() => fromSheet(swapped.join(" ")), /slip/, `${one} and ${other}`);
    }
  }
});

test("a sheet that is too short, too long or something else is refused", () => {
  for (const text of [
    "",
    "hello",
    groups.slice(1).join(""),
    [...groups, groups[0]].join(""),
    groups.join("").replace("0", "!"),
  ])
    assert.throws(() => fromSheet(text), /not a recovery sheet/);
});
