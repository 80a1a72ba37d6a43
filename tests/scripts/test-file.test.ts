import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { runTestFile } from "../../scripts/test-file.ts";

/** What the runner says of a test file with this text. */
async function verdict(t: TestContext, text: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const root = mkdtempSync(join(tmpdir(), "berth-runner-"));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(
    join(root, "some.test.mjs"),
    `import assert from "node:assert"; import test from "node:test";\n${text}`,
  );
  const signal = new AbortController().signal;
  const { tests, output } = await runTestFile({ root, file: "some.test.mjs", index: 0, signal, ...options });
  const results = tests.map(({ name, passed, skip }) => `${name}: ${skip ?? (passed ? "passed" : "failed")}`);
  return { results, errors: tests.map(({ error }) => error).filter(Boolean), output };
}

test("passed, failed and skipped tests are told apart, with error and output", async (t) => {
  const { results, errors, output } = await verdict(
    t,
    `console.log("hello");
     test("a", () => {}); test("b", () => assert.equal(1, 2)); test("c", (t) => t.skip("needs go: none"));`,
  );
  assert.deepEqual(results, ["a: passed", "b: failed", "c: needs go: none"]);
  assert.match(`${errors}`, /1 == 2/);
  assert.equal(output, "hello\n");
});

test("a failed subtest counts once, not with all its parents", async (t) => {
  const text = 'test("a", async (t) => { await t.test("b", () => assert.fail()); await t.test("c", () => {}); });';
  assert.deepEqual((await verdict(t, text)).results, ["b: failed", "c: passed"]);
});

test("a hook that fails is a failure with its own error, though every test passed", async (t) => {
  const text = `import { after, describe } from "node:test";
    describe("a", () => { after(() => assert.fail("the hook broke")); test("b", () => {}); });`;
  const { results, errors } = await verdict(t, text);
  assert.deepEqual(results, ["b: passed", "a: failed"]);
  assert.match(`${errors}`, /the hook broke/);
});

const broken: Record<string, [text: string, error: RegExp]> = {
  "a file that throws": ['throw new Error("broken")', /exit code 1/],
  "a file that can't be read": ["const = 1", /exit code 1/],
  "a file that holds no test": ["assert.ok(true)", /holds no test/],
  "a file that ends wrongly after its tests": [
    'test("a", () => {}); process.on("exit", () => (process.exitCode = 3))',
    /exit code 3/,
  ],
};

for (const [what, [text, error]] of Object.entries(broken)) {
  test(`${what} fails`, async (t) => {
    const { results, errors } = await verdict(t, text);
    assert.equal(results.at(-1), "(the file itself): failed");
    assert.match(`${errors}`, error);
  });
}

test("a file that never ends is killed with what it started, and keeps what it did until then", async (t) => {
  const text = `
    import { spawn } from "node:child_process";
    process.on("SIGTERM", () => {});
    const child = spawn("sleep", ["1000"]); console.log(child.pid); child.on("exit", () => process.exit());
    test("a", () => {});`;
  const { results, errors, output } = await verdict(t, text, { timeoutMs: 1_000 });
  assert.deepEqual(results, ["a: passed", "(the file itself): failed"]);
  assert.match(`${errors}`, /still running at its deadline/);
  assert.throws(() => process.kill(Number(output), 0), { code: "ESRCH" });
});

test("a run that is stopped passes nothing that did not end", async (t) => {
  const { errors } = await verdict(t, 'test("a", () => {})', { signal: AbortSignal.abort() });
  assert.match(`${errors}`, /stopped before its end/);
});
