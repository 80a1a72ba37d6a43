import assert from "node:assert/strict";
import { test } from "node:test";
import { newCode } from "../../../../../../core/serials/code.ts";
import { groupSerial, readSerial } from "./serial.ts";

test("what control makes is read as it is printed, typed or pasted", () => {
  for (let count = 0; count < 200; count++) {
    const code = newCode();
    assert.equal(readSerial(code), code);
    assert.equal(readSerial(` ${code.toLowerCase().replaceAll("-", " ")}\n`), code);
    assert.equal(groupSerial(code.replaceAll("-", "")), code);
  }
});

test("one wrong character, or two that changed places, is a slip and never sent", () => {
  const code = newCode();
  const wrong = code.replace(/.$/, (last) => (last === "2" ? "3" : "2"));
  assert.equal(readSerial(wrong), undefined);
  assert.equal(readSerial(code.slice(0, -1)), undefined);
  assert.equal(readSerial(`${code}2`), undefined);
});
