import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { stripVTControlCharacters } from "node:util";

/**
 * `npm run check`: format and lint, types, dead code, architecture. All of them run, whatever fails, and each prints its
 * output in one piece when it is done.
 */
const root = resolve(import.meta.dirname, "..");
const tool = (path: string) => join(root, "node_modules", path);

const typeCheck = [tool("typescript/bin/tsc"), "--noEmit", "--pretty", "false"];
// What runs in a browser has a tsconfig of its own.
const browserChecks = globSync("apps/*/tsconfig.json", { cwd: root }).map((project) => [
  `types of ${dirname(project)} (tsc)`,
  [...typeCheck, "-p", project],
]);

const checks: Record<string, string[]> = {
  "format and lint (biome)": [
    tool("@biomejs/biome/bin/biome"),
    "ci",
    "--error-on-warnings",
    "--max-diagnostics=50",
    ".",
  ],
  "types (tsc)": typeCheck,
  ...Object.fromEntries(browserChecks),
  "dead code (knip)": [tool("knip/bin/knip.js"), "--no-progress", "--no-config-hints"],
  "architecture (tests/architecture)": ["--test", "--test-reporter=dot", "tests/architecture/*.test.ts"],
};

interface Outcome {
  passed: boolean;
  seconds: number;
  output: string;
}

function runCheck(args: string[]): Promise<Outcome> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      const seconds = (performance.now() - startedAt) / 1000;
      // Some tools colour whatever they are told.
      const output = stripVTControlCharacters(Buffer.concat(chunks).toString()).trimEnd();
      done({ passed: code === 0, seconds, output });
    });
  });
}

const outcomes = await Promise.all(
  Object.entries(checks).map(async ([name, args]) => {
    const outcome = await runCheck(args);
    console.log(`${outcome.passed ? "ok    " : "FAILED"} ${outcome.seconds.toFixed(1).padStart(5)} s  ${name}`);
    if (!outcome.passed) console.log(`${outcome.output}\n`);
    return { name, ...outcome };
  }),
);

const failed = outcomes.filter((outcome) => !outcome.passed).map((outcome) => outcome.name);
console.log(failed.length === 0 ? "all checks passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
