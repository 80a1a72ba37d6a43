import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";

const launcher = resolve(import.meta.dirname, "../../scripts/run.mjs");

/** Starts a program through the launcher; `prefix` is put before the command. */
async function launch(t: TestContext, program: string, prefix: string[] = [], env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "berth-run-"));
  const script = join(folder, "program.ts");
  writeFileSync(script, program);
  const [command = "", ...args] = [...prefix, process.execPath, launcher, script, "one", "--two"];
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return String(chunk).trim();
}

/** Resolves when the process of this pid is gone. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const waits = "setInterval(() => {}, 1000); console.log(process.pid);";

test("the program gets its arguments and the pinned Node, and its exit code is handed on", async (t) => {
  const child = await launch(t, "console.log(process.argv.slice(2), process.execPath); process.exit(7);");
  const [line, [code]] = await Promise.all([firstLine(child), once(child, "exit")]);
  assert.match(line, /\[ 'one', '--two' \] .*node_modules\/node\/bin\/node$/);
  assert.equal(code, 7);
});

test("SIGTERM reaches the program, which may take its time", async (t) => {
  const child = await launch(t, `process.on("SIGTERM", () => setTimeout(() => process.exit(3), 50)); ${waits}`);
  await firstLine(child);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [3, null]);
});

test("a program that was killed ends the launcher with the signal's code", async (t) => {
  const child = await launch(t, waits);
  process.kill(Number(await firstLine(child)), "SIGKILL");
  assert.deepEqual(await once(child, "exit"), [137, null]);
});

test("the program hears that its launcher was killed", async (t) => {
  const child = await launch(t, `process.on("disconnect", () => process.exit()); ${waits}`);
  const pid = Number(await firstLine(child));
  child.kill("SIGKILL");
  await gone(pid);
});

test("the program ends when whoever started the launcher is killed", async (t) => {
  // The shell does not become the launcher, because it has something left to do.
  const shell = await launch(t, waits, ["sh", "-c", '"$@"; true', "sh"]);
  const pid = Number(await firstLine(shell));
  shell.kill("SIGKILL");
  await gone(pid);
});

test("nothing starts for an npm that was killed at once", async (t) => {
  // The inner shell is the one npm runs a script in; the outer one, in npm's place, is gone before the launcher begins.
  const nested = 'sh -c \'sleep 0.3; "$@"; true\' sh "$@" & exit 0';
  const outer = await launch(t, waits, ["sh", "-c", nested, "sh"], { npm_lifecycle_event: "start" });
  const said: Buffer[] = [];
  outer.stdout.on("data", (chunk) => said.push(chunk));
  await once(outer.stdout, "end"); // everybody who could write is gone
  assert.equal(Buffer.concat(said).toString(), "");
});
