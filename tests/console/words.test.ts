import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";

const root = resolve(import.meta.dirname, "../..");

type Tree = { readonly [key: string]: string | Tree };

/** Every word of a file by its name: `state.online`. */
function flat(tree: Tree, under = ""): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string" ? [[under + key, value] as const] : [...flat(value, `${under}${key}.`)],
    ),
  );
}

const patterns = ["apps/console/src/i18n/zh-CN/*.ts", "{packages/ui/src,offerings/*/console}/words/zh-CN.ts"];
const files = globSync(patterns, { cwd: root, exclude: (path) => path.includes("node_modules") });

async function wordsOf(path: string): Promise<Map<string, string>> {
  return flat(((await import(join(root, path))) as { default: Tree }).default);
}

const inserted = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

test("there are words to look at", () => assert.ok(files.length >= 6));

for (const path of files) {
  const other = path.replace("zh-CN", "en");
  describe(path, () => {
    test("says in both languages the same, with the same values", async () => {
      assert.ok(existsSync(join(root, other)));
      const [zh, en] = [await wordsOf(path), await wordsOf(other)];
      for (const [key, text] of zh) assert.deepEqual(inserted(en.get(key) ?? ""), inserted(text), key);
      const more = [...en.keys()].filter((key) => !zh.has(key) && !zh.has(key.replace(/_one$/, "")));
      assert.deepEqual(more, []);
    });

    test("speaks plainly and calmly", async () => {
      for (const [key, text] of await wordsOf(path)) {
        assert.doesNotMatch(text, /您|！|!|请注意|抱歉/, key);
        assert.doesNotMatch(text, /[\u4e00-\u9fff][,;:?]/, `${key}: full-width punctuation`);
        // A count is digits; what else is inserted may be Chinese itself.
        const shown = text.replaceAll("{{count}}", "3").replace(/\{\{\w+\}\}/g, "…");
        assert.doesNotMatch(
          shown,
          /[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]/,
          `${key}: a space in between`,
        );
      }
      for (const [key, text] of await wordsOf(other)) assert.doesNotMatch(text, /!|\b(please|oops|sorry)\b/i, key);
    });
  });
}
