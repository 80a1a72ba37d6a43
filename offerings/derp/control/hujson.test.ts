import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkPolicy, putDerpMap } from "./hujson.ts";

const map = { Regions: { 900: { RegionID: 900 } } };

/** As `hujson.Standardize` does: comments and last commas become blanks. */
function standard(source: string): unknown {
  const token = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const bare = source.replace(token, (found) => (found.startsWith("/") ? " " : found));
  const tokens = bare.match(/"(?:[^"\\]|\\.)*"|[^"]+/g) ?? [];
  const whole = tokens.map((one) => (one.startsWith('"') ? one : one.replace(/\s+/g, " "))).join("");
  return JSON.parse(whole.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, kept) => kept ?? ""));
}

test("a policy keeps every byte beside its derpMap", () => {
  const before = `// who may what
{
\t"acls": [ /* all */ {"action": "accept", "src": ["*"], "dst": ["*:*"]}, ],
\t"derpMap": `;
  const after = `,
\t// "derpMap": {} in a comment is none
\t"tests": ["a string with \\"derpMap\\": {} and // no comment"],
}
`;
  for (const old of ["null", '{"Regions": {"1": null,},}', '{ /* } */ "a": "}" }']) {
    const merged = putDerpMap(before + old + after, map);
    assert.ok(merged.startsWith(before) && merged.endsWith(after), merged);
    assert.deepEqual(
      JSON.parse(merged.slice(before.length, merged.length - after.length)),
      JSON.parse(JSON.stringify(map)),
    );
  }
});

test("a policy without a derpMap is given one at its end", () => {
  for (const [source, merged] of [
    ["{}", '{\n  "derpMap": 1,\n}'],
    ['{"a": 1}', '{"a": 1,\n  "derpMap": 1,\n}'],
    ['{"a": 1,}', '{"a": 1,\n  "derpMap": 1,\n}'],
    ['{\n    "a": 1 // one\n    // the end\n}\n', '{\n    "a": 1, // one\n    // the end\n    "derpMap": 1,\n}\n'],
    ["{ // nothing yet\n}", '{ // nothing yet\n  "derpMap": 1,\n}'],
  ] as const) {
    assert.equal(putDerpMap(source, 1), merged);
  }
});

test("its name is read as Tailscale reads it, and two of them are refused", () => {
  assert.equal(putDerpMap('{"DERPMap": 2}', 1), '{"DERPMap": 1}');
  assert.throws(() => putDerpMap('{"derpMap": 1, "derpmap": 2}', 1), { code: "derp.bad_policy" });
});

test("what is no policy is refused with where it goes wrong", () => {
  for (const [source, where] of [
    ["", "line 1, column 1"],
    ["[]", "line 1, column 1"],
    ['{\n  "a" 1}', "line 2, column 7"],
    ['{"a": 1 "b": 2}', "column 9"],
    ['{"a": 1,,}', "column 9"],
    ["{'a': 1}", "column 2"],
    ['{"a": 01}', "column 7"],
    ['{"a": truely}', "column 7"],
    ['{"a": "\\x"}', "column 11"],
    ['{"a": "unended}', "column 7"],
    ['{"a": 1} {}', "column 10"],
    ['{"a": 1', "column 8"],
    ['{"a": /* unended', "column 7"],
    [`{"a": ${"[".repeat(200)}`, "levels"],
  ] as const) {
    assert.throws(
      () => checkPolicy(source),
      ({ code, message }: { code: string; message: string }) => {
        return code === "derp.bad_policy" && message.includes(where);
      },
      source,
    );
  }
});

const gap = fc.constantFrom("", " ", "\n\t", "// a } comment\n", '/* "derpMap": [ */', " \r\n ");

/** A value written in one of the many ways of HuJSON. */
const written: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null))
      .map((value) => JSON.stringify(value)),
    fc.tuple(fc.array(tie("value"), { maxLength: 3 }), gap, fc.boolean()).map(([items, space, comma]) => {
      return `[${items.map((item) => space + item + space).join(",")}${comma && items.length > 0 ? "," : ""}${space}]`;
    }),
  ),
})).value;

const policy = fc
  .record({
    members: fc.uniqueArray(fc.tuple(fc.string(), written), { maxLength: 5, selector: ([name]) => name.toLowerCase() }),
    own: fc.option(fc.tuple(fc.nat(5), written), { nil: undefined }),
    space: gap,
    hasLastComma: fc.boolean(),
  })
  .map(({ members, own, space, hasLastComma }) => {
    const all = members.filter(([name]) => name.toLowerCase() !== "derpmap" && name !== "__proto__");
    if (own) all.splice(own[0], 0, ["derpMap", own[1]]);
    const list = all
      .map(([name, value]) => `${space}${JSON.stringify(name)}${space}:${space}${value}${space}`)
      .join(",");
    return `${space}{${list}${hasLastComma && all.length > 0 ? "," : ""}${space}}${space}`;
  });

test("whatever a policy is written like, only its derpMap is another afterwards", () => {
  fc.assert(
    fc.property(policy, (source) => {
      const before = standard(source) as object;
      const merged = putDerpMap(source, map);
      assert.deepEqual(standard(merged), { ...before, derpMap: JSON.parse(JSON.stringify(map)) });
      assert.equal(putDerpMap(merged, map), merged, "once more changes nothing");
    }),
    { numRuns: 500 },
  );
});
