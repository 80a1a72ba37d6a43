// Runs a TypeScript program of this repository with the Node it pins, from any Node >= 20:
//
//   node scripts/run.mjs <script> [args…]
//
// Packages are installed first when they are missing or stale. The program gets an IPC channel: its 'disconnect' event
// says that this process is gone, however it went.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureConsole } from "./console.mjs";
import { ensureInstalled, nodeBinary } from "./install.mjs";

const watchMs = 500;
const killAfterMs = 10_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [script, ...args] = process.argv.slice(2);
if (!script) {
  console.error("usage: node scripts/run.mjs <script> [args…]");
  process.exit(2);
}

const startedBy = ancestors();
if (isOrphan(startedBy)) process.exit(1);
try {
  await ensureInstalled(root);
  if (servesConsole(script)) await ensureConsole(root);
  // One of the tests says so when it does not build; the others have nothing to do with it.
  if (script.endsWith("scripts/test.ts")) await ensureConsole(root).catch((error) => console.error(error.message));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
start(resolve(root, script));

/**
 * Whether what is run gives the console to browsers.
 * @param {string} script
 */
function servesConsole(script) {
  return script.endsWith("apps/cli/src/main.ts") && ["up", "demo"].includes(args[0] ?? "");
}

/** @param {string} file */
function start(file) {
  const child = spawn(nodeBinary(root), [file, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  child.on("error", (error) => {
    console.error(`cannot run ${nodeBinary(root)}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
  forwardSignals(child);
  endWithParent(child);
}

/** @param {import("node:child_process").ChildProcess} child */
function forwardSignals(child) {
  /** @type {Set<NodeJS.Signals>} */
  const sent = new Set();
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    if (sent.has(signal)) return;
    sent.add(signal);
    // Ctrl-C: the terminal has told the whole group already.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, forward);
}

/** @param {import("node:child_process").ChildProcess} child */
function endWithParent(child) {
  const watch = setInterval(() => {
    if (ancestors().every((pid, level) => pid === startedBy[level])) return;
    clearInterval(watch);
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
  }, watchMs);
  watch.unref();
}

/** Who started this. Under `npm run` a shell stands in between and outlives npm, so npm is watched as well. */
function ancestors() {
  const parent = process.ppid;
  const shell = process.env.npm_lifecycle_event && /^(sh|dash|bash)\s*$/.test(readProcess(parent, "comm"));
  if (!shell) return [parent];
  // The command in field 2 may hold spaces; the parent is the second field after it.
  return [parent, Number(readProcess(parent, "stat").split(") ").at(-1)?.split(" ")[1])];
}

/**
 * Whether npm was killed before this process could see it: then its shell hangs on init, or on a session's systemd. In a
 * container npm itself may be process 1.
 * @param {number[]} pids
 */
function isOrphan([, npm]) {
  if (npm === undefined || (npm !== 1 && readProcess(npm, "comm").trim() !== "systemd")) return false;
  return !/npm|yarn|bun/.test(readProcess(npm, "cmdline"));
}

/**
 * Nothing where there is no /proc, or no such process any more.
 * @param {number} pid
 * @param {string} file
 */
function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
