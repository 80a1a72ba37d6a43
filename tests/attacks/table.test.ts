import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Attack {
  readonly name: string;
  readonly file: string;
  readonly tests: readonly string[];
  readonly off: string;
}

/** The rows of the table; one that can't be read fails. */
function read(text: string): Attack[] {
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| attack "));
  return rows.map((row) => {
    const [, name = "", shown = "", off = ""] = row.split(/ ?\| ?/);
    const [, file = ""] = /^`([^`]+)`: /.exec(shown) ?? [];
    const tests = [...shown.matchAll(/"([^"]+)"/g)].map(([, title]) => title as string);
    return { name, file, tests, off };
  });
}

const isTest = (source: string, title: string) =>
  ['"', "'", "`"].some((quote) => source.includes(`test(${quote}${title}${quote}`));

async function wrongIn(attacks: readonly Attack[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name, file, tests, off } of attacks) {
    const source = await readFile(`${root}${file}`, "utf8").catch(() => "");
    if (!source || tests.length === 0 || !off) wrong.push(`${name}: ${file || "no file"}`);
    wrong.push(...tests.filter((title) => !isTest(source, title)).map((title) => `${name}: no test "${title}"`));
  }
  return wrong;
}

test("every attack of the table is made by a test that is there", async () => {
  const attacks = read(await readFile(`${root}docs/attacks.md`, "utf8"));
  assert.ok(attacks.length > 15, "it saw too few");
  assert.deepEqual(await wrongIn(attacks), []);
});

test("a row whose test is gone is found", async () => {
  const rows = read(
    [
      '| one | `tests/attacks/table.test.ts`: "a row whose test is gone is found" | off |',
      '| two | `tests/attacks/nowhere.test.ts`: "x" | off |',
      `| three | \`tests/attacks/table.test.ts\`: "${["no", "such", "test"].join(" ")}" | off |`,
    ].join("\n"),
  );
  assert.deepEqual(await wrongIn(rows), [
    "two: tests/attacks/nowhere.test.ts",
    'two: no test "x"',
    'three: no test "no such test"',
  ]);
});
