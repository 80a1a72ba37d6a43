import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, describe, test } from "node:test";
import { ensureConsole } from "../../scripts/console.mjs";

const dist = resolve(import.meta.dirname, "../../apps/console/dist");

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

let manifest: Readonly<Record<string, Chunk>>;

before(async () => {
  await ensureConsole(resolve(dist, "../../.."));
  manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
});

/** What a browser that has nothing yet fetches for these modules, packed: they and all that they import at once. */
function loads(modules: readonly string[]): Map<string, number> {
  const files = new Map<string, number>();
  const add = (name: string) => {
    const chunk = manifest[name];
    assert.ok(chunk, `${name} is not a chunk`);
    if (files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.set(file, statSync(join(dist, `${file}.br`)).size);
    for (const imported of chunk.imports ?? []) add(imported);
  };
  for (const name of modules) add(name);
  return files;
}

const words = (...names: readonly string[]) =>
  ["../../packages/ui/src/words/zh-CN.ts", "../../packages/ui/src/words/refusals-zh.ts"].concat(
    names.map((name) => `src/i18n/zh-CN/${name}.ts`),
  );

const locale = "../../node_modules/antd/es/locale/zh_CN.js";
const always = ["index.html", "src/start.tsx", locale];

const firstRoutes = {
  customer: {
    most: 260,
    modules: [
      ...always,
      "src/faces/customer/face.tsx",
      "src/faces/customer/leases/page.tsx",
      ...words("nav", "services"),
    ],
  },
  operator: {
    most: 350,
    modules: [
      ...always,
      "src/faces/operator/face.tsx",
      "src/faces/operator/overview/page.tsx",
      ...words("nav", "overview", "events"),
    ],
  },
};

describe("a first visit loads no more than it may", () => {
  for (const [face, { most, modules }] of Object.entries(firstRoutes)) {
    test(`of the ${face}`, (t) => {
      const files = loads(modules);
      const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
      t.diagnostic(`${face}: ${(bytes / 1000).toFixed(1)} kB in ${files.size} files`);
      assert.ok(bytes <= most * 1000, `${(bytes / 1000).toFixed(1)} kB`);
    });
  }

  test("and the customer's none of what only lists, date pickers and charts need", () => {
    const names = [...loads(firstRoutes.customer.modules).keys()].join(" ");
    assert.doesNotMatch(names, /\/(list|table|select|date-picker|chart|echarts|modal|drawer|form-drawer)-/i);
  });
});
