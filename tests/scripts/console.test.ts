import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "../..");

/** Stands for the bundler: notes that it ran, and takes its time. */
const builder = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync("ran", "x");
setTimeout(() => {
  mkdirSync("apps/console/dist", { recursive: true });
  writeFileSync("apps/console/dist/sources", process.argv[2]);
}, 200);
`;

/** A repository of its own with a console in it. */
async function repository(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "berth-build-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const name of ["console.mjs", "install.mjs", "lock.mjs"]) {
    cpSync(join(root, "scripts", name), join(folder, "scripts", name));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  write("scripts/build.ts", builder);
  write("package-lock.json", "{}");
  write("apps/console/src/main.ts", "1");
  write("offerings/derp/console/part.tsx", "1");
  const { ensureConsole } = await import(pathToFileURL(join(folder, "scripts/console.mjs")).href);
  const runs = () => (existsSync(join(folder, "ran")) ? readFileSync(join(folder, "ran"), "utf8").length : 0);
  return { ensure: () => ensureConsole(folder) as Promise<void>, write, runs };
}

test("the console is built once, however many want it at the same time, and not again while nothing changed", async (t) => {
  const { ensure, runs } = await repository(t);
  await Promise.all([ensure(), ensure(), ensure()]);
  await ensure();
  assert.equal(runs(), 1);
});

for (const path of ["apps/console/src/main.ts", "offerings/derp/console/part.tsx", "package-lock.json"]) {
  test(`it is built again when ${path} changed`, async (t) => {
    const { ensure, write, runs } = await repository(t);
    await ensure();
    write(path, "2");
    await ensure();
    assert.equal(runs(), 2);
  });
}

test("a test beside the sources is none of them", async (t) => {
  const { ensure, write, runs } = await repository(t);
  await ensure();
  write("apps/console/src/main.test.ts", "2");
  await ensure();
  assert.equal(runs(), 1);
});

test("a console that does not build says so, and is tried again", async (t) => {
  const { ensure, write, runs } = await repository(t);
  write("scripts/build.ts", "process.exit(1);");
  await assert.rejects(ensure(), /does not build/);
  write("scripts/build.ts", builder);
  await ensure();
  assert.equal(runs(), 1);
});
