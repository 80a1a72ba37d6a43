import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../apps/cli/src/demo/site.ts";
import { until } from "../../apps/cli/src/demo/story.ts";

const root = resolve(import.meta.dirname, "../..");
let folder: string;
let env: NodeJS.ProcessEnv;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-up-"));
  env = {
    ...process.env,
    BERTH_DATA: join(folder, "data"),
    BERTH_HTTP_PORT: String(await freePort()),
    BERTH_LINK_PORT: String(await freePort()),
    BERTH_STUN_PORT: String(await freePort()),
  };
});
/** What a test started and, when it failed, did not end. */
const started: ChildProcess[] = [];
after(async () => {
  for (const child of started) child.kill("SIGKILL"); // what hangs on it ends by itself
  await rm(folder, { recursive: true, force: true });
});

/** `npm start` without npm: the same script, run by the same means. */
async function start(): Promise<{ child: ChildProcess; said: () => string }> {
  const args = [join(root, "scripts/run.mjs"), "apps/cli/src/main.ts", "up"];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      said += chunk;
    });
  }
  await until("ready", async () => said.includes("ready http://"), 30_000);
  return { child, said: () => said };
}

/** Every process that works on this data folder, by its command line or its environment. */
async function processes(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const settings = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (Number(pid) !== process.pid && (command + settings).includes(folder))
      found.push(`${pid} ${command.replaceAll("\0", " ")}`);
  }
  return found;
}

async function nothingRuns(): Promise<void> {
  let left: string[] = [];
  await until(
    "everything gone",
    async () => {
      left = await processes();
      return left.length === 0;
    },
    20_000,
  ).catch(() => assert.fail(`still running:\n${left.join("\n")}`));
}

test("the first start says how to sign in, and Ctrl-C leaves nothing running", async () => {
  const { child, said } = await start();
  await until("how to sign in", async () => said().includes("/first#"));
  assert.match(
    said(),
    /ready http:\/\/127\.0\.0\.1:\d+\n(.*\n)*sign in as the first super admin: http:\/\/\S+\/first#[0-9a-z]{32}/,
  );
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  await nothingRuns();
});

test("a second start over the same folder says who runs there", async () => {
  const { child } = await start();
  const args = [join(root, "apps/cli/src/main.ts"), "up"];
  const second = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  second.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = await once(second, "exit");
  assert.equal(code, 1);
  assert.match(said, /Berth already runs here at http:\/\/127\.0\.0\.1:\d+, process \d+/);
  child.kill("SIGTERM");
  await once(child, "exit");
  await nothingRuns();
});

test("killed whole, in the middle or at the top, it leaves nothing, and the next start recovers", async () => {
  for (const victim of ["starter", "supervisor"] as const) {
    const { child } = await start();
    await until("the node on this machine", async () => existsSync(join(folder, "data/node/identity.json")));
    const supervisor = (await processes()).find(
      (line) => line.includes("apps/cli/src/main.ts up") && !line.includes("run.mjs"),
    );
    const pid = victim === "starter" ? (child.pid as number) : Number(supervisor?.split(" ")[0]);
    process.kill(pid, "SIGKILL");
    await nothingRuns();
  }
  const { child } = await start();
  child.kill("SIGTERM");
  await once(child, "exit");
  await nothingRuns();
});
