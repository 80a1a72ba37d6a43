import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseStrictJson } from "./strict-json.ts";

const read = (text: string) => parseStrictJson(Buffer.from(text));

test("what JSON can write is read as JSON reads it", () => {
  const value = fc
    .jsonValue({ maxDepth: 8 })
    .filter((value) => !/__proto__|"constructor"|"prototype"|e[+]|[0-9]{16}/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(value, (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(read(text), JSON.parse(text));
      assert.deepEqual(read(JSON.stringify(value, null, 2)), JSON.parse(text));
    }),
    { seed: 1, numRuns: 300 },
  );
});

for (const [what, text] of [
  ["a name twice", '{"a":1,"a":2}'],
  ["a name twice, once escaped", '{"a":1,"\\u0061":2}'],
  ["a name twice, deeper", '[{"b":{"a":[1],"x":"}","a":2}}]'],
  ["the prototype", '{"__proto__":{}}'],
  ["the prototype, escaped", '{"a":[{"\\u005f_proto__":1}]}'],
  ["the constructor", '{"constructor":{"prototype":{}}}'],
  ["an endless number", '{"a":1e999}'],
  ["a number that would change", "9007199254740993"],
  ["a number that would change, in a list", "[1,-9007199254740993]"],
  ["21 levels", `${"[".repeat(21)}${"]".repeat(21)}`],
  ["100,000 levels", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
  ["nothing", ""],
  ["a mark of byte order", "\ufeff{}"],
  ["half of an object", '{"a"'],
  ["more parts than anybody needs", `[${"1,".repeat(100_000)}1]`],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(() => read(text), { code: "http.bad_json" });
  });
}

test("refused: bytes that are no UTF-8", () => {
  assert.throws(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22])), { code: "http.bad_json" });
});

test("taken: equal names in different objects, texts that look like names, 20 levels", () => {
  read('{"a":{"a":1},"b":["a","a","__proto__"],"c":"a"}');
  read('[{"a":1},{"a":1}]');
  read('{"a":"\\"a\\":1,","b":"{"}');
  read(`${"[".repeat(20)}${"]".repeat(20)}`);
});
