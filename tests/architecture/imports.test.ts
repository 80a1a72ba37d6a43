import assert from "node:assert/strict";
import test from "node:test";
import { findImports } from "./imports.ts";
import { readTokens } from "./tokens.ts";

function specifiers(text: string, path = "a.ts"): (string | undefined)[] {
  return findImports(readTokens(path, text)).map(({ specifier }) => specifier);
}

const forms: Record<string, (string | undefined)[]> = {
  'import "a";': ["a"],
  "import a from 'a'": ["a"],
  'import a, { b as c, type d } from "a";': ["a"],
  'import * as a from "a"; import type { b } from "b"': ["a", "b"],
  'import type a from "a"': ["a"],
  'import {\n  a, // from "x"\n  b, /* from "y" */\n} from "a";': ["a"],
  'import { from } from "a"; import from from "b";': ["a", "b"],
  'import { "a b" as c } from "a";': ["a"],
  'import a from "a" with { type: "json" };': ["a"],
  'import a = require("a");': ["a"],
  'export { a } from "a"; export * from "b"; export * as c from "c"; export type { d } from "d"; export type * from "e"':
    ["a", "b", "c", "d", "e"],
  'const a = await import("a"); type B = import("b").B; typeof import(`c`)': ["a", "b", "c"],
  'import("a", { with: {} })': ["a"],
  "import(name); import(`./${name}.ts`); import('a' + name)": [undefined, undefined, undefined],
  "import(`@a/b-${name}`)": ["@a/b-*"],
  'const a = require("a"); require(name)': ["a", undefined],
  "const a = `${await import('a')} ${`${import('b')}`} } import('x')`; import('c')": ["a", "b", "c"],
  'import a from "a"; const f = (x: number) => x / 2; import("b"); const g = 1 / 2;': ["a", "b"],
  "const quote = /['\"`/]/; import('a'); const b = x.replace(/`/g, '').split(/[/`]/); import('b')": ["a", "b"],
};

for (const [text, expected] of Object.entries(forms)) {
  test(`finds ${expected.length} in ${text.slice(0, 60)}`, () => assert.deepEqual(specifiers(text), expected));
}

const others = [
  '// import "a"',
  '/* import "a"; */',
  "const a = 'import \"a\"';",
  "`import 'a'; require('b')`",
  "import.meta.resolve(a)",
  'a.import("a"); a?.require("a")',
  'const a = { import: "a", export: "b" }',
  'export { a }; const from = "a"',
  'export const a = "a"; export default from; "a"',
  'declare module "a" { interface B {} }',
  'export type A = "from" | "b"; export function from(a = "a") {}',
  "/import 'a'/.test(b)",
];

for (const text of others) test(`finds nothing in ${text}`, () => assert.deepEqual(specifiers(text), []));

test("an import says its line", () => {
  assert.deepEqual(findImports(readTokens("a.ts", 'const a = `\n\n`;\nimport b from\n "b";')), [
    { specifier: "b", line: 5 },
  ]);
});

test("prose between tags hides no import", () => {
  assert.deepEqual(specifiers("import a from 'a'; const b = <p>don't</p>;\nconst c = import('c');", "a.tsx"), [
    "a",
    "c",
  ]);
});

test("a literal without an end is an error, not the end of the file", () => {
  assert.throws(() => specifiers("const a = `b; import 'c'"), /a\.ts:1: a literal without an end/);
});
