import assert from "node:assert/strict";
import { test } from "node:test";
import { asText, fromText } from "./value-text.ts";

test("text is typed as such, everything else as JSON", () => {
  assert.deepEqual(fromText("15", { type: "string" }), { value: "15" });
  assert.deepEqual(fromText("15", { type: "integer" }), { value: 15 });
  assert.deepEqual(fromText('{"tries":5}', { type: "object" }), { value: { tries: 5 } });
});

test("what can't be read is no value", () => {
  for (const text of ["", "{", "five"]) assert.equal(fromText(text, { type: "integer" }), undefined);
});

test("a value can be typed again as it is shown", () => {
  for (const value of [15, { tries: 5, lockMinutes: 15 }, true, null, [1, 2]]) {
    assert.deepEqual(fromText(asText(value), {}), { value });
  }
});
