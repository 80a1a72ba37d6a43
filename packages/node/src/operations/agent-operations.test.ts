import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { nextTestPort } from "../../../../tests/support/ports.ts";
import { startAgent } from "../agent.ts";
import { TestControl } from "../test-control.ts";
import { CountingDriver, CountingProcess } from "../test-driver.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

async function makeNode(t: TestContext) {
  const control = new TestControl(nextTestPort());
  const process = new CountingProcess();
  const folder = await mkdtemp(join(tmpdir(), "berth-agent-"));
  await control.start();
  await writeFile(join(folder, "agent.log"), "one\ntwo\nthree\n");
  const agent = await startAgent({
    url: control.url,
    folder: join(folder, "agent"),
    drivers: [new CountingDriver(process)],
    name: "one",
    version: "0.1.0",
    joinToken: async () => control.token,
    addresses: ["192.0.2.7"],
    ports: { from: 20_000, to: 20_100 },
    stunPort: 0,
    region: "fra",
    now: () => control.now(),
    log,
    logFiles: { agent: join(folder, "agent.log"), relay: join(folder, "relay.log") },
  });
  t.after(async () => {
    await agent.close();
    await control.stop();
    await rm(folder, { recursive: true });
  });
  await control.until(() => control.streams === 1);
  const ask = (id: string, kind: string, more: { input?: object; instanceId?: string } = {}) => {
    const deadlineMs = BigInt(control.now().getTime() + 60_000);
    const operation = { id, kind, deadlineMs, instanceId: more.instanceId, input: JSON.stringify(more.input ?? {}) };
    control.push({ message: { case: "operations", value: { operations: [operation] } } });
  };
  const answer = async (id: string) => {
    await control.until(() => control.answers.some((line) => line.startsWith(`${id} `)));
    return control.answers.find((line) => line.startsWith(`${id} `));
  };
  return { control, process, ask, answer };
}

test("restarting takes an instance away and applies it again, once, and what it counted stays", async (t) => {
  const { control, process, ask, answer } = await makeNode(t);
  control.want({ id: "a", spec: { port: 20_000 } }, { id: "b", spec: { port: 20_001 } });
  await control.until(() => control.phases.get("a") === "1 running" && control.phases.get("b") === "1 running");
  process.count("a", "device_1", 100n);
  const before = process.applied.filter((id) => id === "a").length;
  ask("r1", "instance.restart", { instanceId: "a" });
  assert.equal(await answer("r1"), "r1 done");
  assert.equal(process.applied.filter((id) => id === "a").length, before + 1);
  assert.equal(process.applied.filter((id) => id === "b").length, 1);
  await control.until(() => control.bytes("a") === 100n && control.phases.get("a") === "1 running");
});

test("restarting what does not run here fails with a reason, and so does one whose driver fails", async (t) => {
  const { control, ask, answer } = await makeNode(t);
  ask("r1", "instance.restart", { instanceId: "unknown" });
  assert.equal(await answer("r1"), "r1 failed instance.not_here");
  control.want({ id: "a", spec: { port: 20_000, fails: true } });
  await control.until(() => control.phases.has("a"));
  ask("r2", "instance.restart", { instanceId: "a" });
  assert.equal(await answer("r2"), "r2 failed operations.failed");
});

test("a probe says how the node is, and how far control and the other nodes' relays are", async (t) => {
  const { control, ask, answer } = await makeNode(t);
  const relay = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => relay.once("listening", resolve));
  t.after(() => relay.close());
  const port = (relay.address() as { port: number }).port;
  const closed = { nodeId: "node_3", host: "127.0.0.1", port: 1 };
  ask("p1", "node.probe", { input: { peers: [{ nodeId: "node_2", host: "127.0.0.1", port }, closed] } });
  assert.equal(await answer("p1"), "p1 done");
  const result = control.results.get("p1") as Record<string, number> & {
    peers: { nodeId: string; ms: number | null }[];
  };
  for (const name of ["load", "cores", "memoryBytes", "memoryUsedBytes", "diskBytes", "diskFreeBytes", "controlMs"]) {
    assert.equal(typeof result[name], "number", name);
  }
  assert.deepEqual(
    result.peers.map(({ nodeId, ms }) => [nodeId, typeof ms === "number"]),
    [
      ["node_2", true],
      ["node_3", false],
    ],
  );
});

test("logs show the last lines of what a program of the node says, if that is kept", async (t) => {
  const { control, ask, answer } = await makeNode(t);
  ask("l1", "logs.tail", { input: { of: "agent", lines: 2 } });
  assert.equal(await answer("l1"), "l1 done");
  assert.deepEqual((control.results.get("l1") as { lines: string[] }).lines, ["two", "three"]);
  ask("l2", "logs.tail", { input: { of: "relay" } });
  assert.equal(await answer("l2"), "l2 failed logs.not_kept");
  ask("l3", "logs.tail", { input: { of: "../../etc/passwd" } });
  assert.equal(await answer("l3"), "l3 failed logs.not_kept");
});
