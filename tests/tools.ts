import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { withLock } from "../scripts/lock.mjs";
import { missing } from "./require.ts";

const root = resolve(import.meta.dirname, "..");
const sources = join(root, "tests", "tools");
const output = join(root, ".cache", "tools");
const stamp = join(output, "built-from");

/** Static, so that a container needs nothing else. */
const environment = { CGO_ENABLED: "0" };

/** Programs of tests/tools, by the name of their binary. */
const programs = {
  derpload: "./cmd/derpload",
  derper: "tailscale.com/cmd/derper",
  relayload: "./cmd/relayload",
  pebble: "github.com/letsencrypt/pebble/v2/cmd/pebble",
  "pebble-challtestsrv": "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv",
};

/**
 * The path of a program built from tests/tools. All of them are built at first use and after a change, by one process
 * while the others wait. Ask `need(t, "go")` first: without Go this throws.
 */
export async function goTool(name: keyof typeof programs): Promise<string> {
  const wanted = hashOfSources();
  if (!isBuilt(wanted)) await withLock(join(root, ".cache", "tools.lock"), () => build(wanted));
  return join(output, name);
}

async function build(wanted: string): Promise<void> {
  if (isBuilt(wanted)) return; // somebody else did it meanwhile
  const reason = missing("go");
  if (reason) throw new Error(`cannot build tests/tools: ${reason}`);
  await goBuild();
  writeFileSync(stamp, wanted);
}

function goBuild(): Promise<void> {
  const args = ["build", "-buildvcs=false", "-o", `${output}/`, ...Object.values(programs)];
  return new Promise((done, fail) => {
    const env = { ...process.env, ...environment };
    const go = spawn("go", args, { cwd: sources, env, stdio: ["ignore", "inherit", "inherit"] });
    go.on("error", fail);
    go.on("exit", (code) => (code === 0 ? done() : fail(new Error(`go ${args.join(" ")} ended with ${code}`))));
  });
}

function isBuilt(wanted: string): boolean {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

function hashOfSources(): string {
  const hash = createHash("sha256").update(JSON.stringify({ environment, programs }));
  for (const file of globSync("{go.mod,go.sum,**/*.go}", { cwd: sources }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(sources, file)));
  }
  return hash.digest("hex");
}
