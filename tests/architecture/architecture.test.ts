import assert from "node:assert/strict";
import test from "node:test";
import { checkImports, type Violation } from "./import-rules.ts";
import { layers, placeOf } from "./places.ts";
import { readTree } from "./read-tree.ts";
import { checkTables } from "./table-rules.ts";

const files = readTree();

/** Fails with one line for each kind of violation in a file. */
function assertNone(violations: Violation[]): void {
  const first = new Map<string, string>();
  for (const { path, rule, line, message } of violations) {
    const key = `${path} ${rule} ${message}`;
    if (!first.has(key)) first.set(key, `${path}:${line} [${rule}] ${message}`);
  }
  assert.ok(first.size === 0, `${first.size} violations:\n${[...first.values()].join("\n")}`);
}

test("every layer was read", () => {
  const atLeast = { packages: 60, core: 60, offerings: 2, apps: 3 };
  for (const layer of layers) {
    const seen = [...files.keys()].filter((path) => placeOf(path)?.layer === layer).length;
    assert.ok(seen >= atLeast[layer], `only ${seen} files of ${layer}`);
  }
});

test("imports go one way: packages, core, offerings, apps", () => {
  const { violations, seen } = checkImports(files);
  assert.ok(seen.files >= 120 && seen.imports >= 500, `saw only ${JSON.stringify(seen)}`);
  assertNone(violations);
});

test("each table is written by the slice that made it", () => {
  const { violations, seen } = checkTables(files);
  assert.ok(seen.tables >= 25 && seen.writes >= 30, `saw only ${JSON.stringify(seen)}`);
  assertNone(violations);
});
