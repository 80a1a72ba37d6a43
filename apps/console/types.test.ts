import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "../..");

test("the browser's modules fit one another and what control answers", () => {
  const tsc = resolve(root, "node_modules/typescript/bin/tsc");
  const checked = spawnSync(process.execPath, [tsc, "--noEmit", "--pretty", "false", "-p", import.meta.dirname]);
  assert.equal(checked.stdout.toString() + checked.stderr.toString(), "");
});
