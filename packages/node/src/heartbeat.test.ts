import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hourMs } from "@berth/kit";
import { makeKeyPair } from "@berth/link";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { type AgentOptions, startAgent } from "./agent.ts";
import { Beats } from "./beats.ts";
import { Gauges, readNetwork } from "./gauges.ts";
import { openIdentity } from "./identity.ts";
import { TestControl } from "./test-control.ts";
import { CountingDriver, CountingProcess } from "./test-driver.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "berth-heartbeat-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startedAgent(t: TestContext, options: Partial<AgentOptions> = {}) {
  const control = new TestControl(nextTestPort());
  const process = new CountingProcess();
  const folder = await mkdtemp(join(tmpdir(), "berth-heartbeat-"));
  await control.start();
  const silent = () => undefined;
  const agent = await startAgent({
    url: control.url,
    folder: join(folder, "agent"),
    drivers: [new CountingDriver(process)],
    name: "one",
    version: "0.1.0",
    joinToken: async () => control.token,
    addresses: [],
    ports: { from: 20_000, to: 20_100 },
    stunPort: 0,
    region: "",
    now: () => control.now(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...options,
  });
  t.after(async () => {
    await agent.close();
    await control.stop();
    await rm(folder, { recursive: true });
  });
  return { control, process };
}

test("a heartbeat says at once how the machine is, and from the second on how far control is", async (t) => {
  const { control, process } = await startedAgent(t, { relayVersion: async () => "0.1.0" });
  control.want({ id: "a", spec: { port: 20_000 } });
  await control.until(() => control.phases.get("a") === "1 running");
  process.count("a", "d", 5_000n);
  await control.until(() => control.heartbeats.some(({ servedBytesPerSecond = 0 }) => servedBytesPerSecond > 0));
  await control.until(() => control.heartbeats.some(({ roundTripMs = 0 }) => roundTripMs > 0));
  const { memoryBytes = 0n, memoryUsedBytes, diskBytes = 0n, diskUsedBytes = 0n, ...first } = control.heartbeats[0]!;
  assert.ok(memoryUsedBytes > 0n && memoryUsedBytes <= memoryBytes);
  assert.ok(diskUsedBytes > 0n && diskUsedBytes <= diskBytes);
  assert.ok((first.uptimeSeconds ?? 0n) > 0n && (first.nowMs ?? 0n) > 0n);
  assert.deepEqual([first.machine?.arch, first.machine?.relayVersion], [arch(), "0.1.0"]);
  assert.deepEqual(
    [first.servedBytesPerSecond, first.roundTripMs],
    [undefined, undefined],
    "not known yet is not zero",
  );
});

test("a node whose clock is far ahead of control's renews nothing", async (t) => {
  const { control } = await startedAgent(t, { now: () => new Date(Date.now() + 20 * hourMs) });
  await control.until(() => control.heartbeats.length >= 4);
  assert.deepEqual(control.calls.filter((call) => call !== "sync").length <= 1, true, control.calls.join());
  const before = control.calls.length;
  await control.until(() => control.heartbeats.length >= 6);
  assert.equal(control.calls.length, before, control.calls.join());
});

test("a new certificate and new authorities that come together are both kept", async (t) => {
  const folder = await folderOf(t);
  const path = join(folder, "identity.json");
  const stored = { nodeId: "node_1", privateKey: await makeKeyPair(), certificate: "one", authorities: "a" };
  await writeFile(path, JSON.stringify(stored));
  const identity = await openIdentity(folder);
  await Promise.all(Array.from({ length: 20 }, (_, n) => identity.trust(`authorities ${n}`)));
  assert.equal(identity.current()?.authorities, "authorities 19");
  assert.equal((await openIdentity(folder)).current()?.authorities, "authorities 19");
  assert.deepEqual(await readdir(folder), ["identity.json"]);
});

test("bytes are taken from the outer interfaces only", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9000 1 0 0 0 0 0 0 9000 1 0 0 0 0 0 0
  eth0: 123 1 0 0 0 0 0 0 456 1 0 0 0 0 0 0
docker0: 77 1 0 0 0 0 0 0 77 1 0 0 0 0 0 0
veth12@if3: 77 1 0 0 0 0 0 0 77 1 0 0 0 0 0 0
  ens5:1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0
`;
  assert.deepEqual(readNetwork(text), { inBytes: 1123n, outBytes: 2456n });
  assert.equal(readNetwork("nothing of the kind"), undefined);
});

test("what can't be found out is left out, Docker that does not answer as well", async (t) => {
  const folder = await folderOf(t);
  const gone = join(folder, "gone");
  const gauges = new Gauges({ folder: gone, networkFile: gone, dockerSocket: gone, servedBytes: () => 0n });
  const { diskBytes, inBytesPerSecond, machine } = await gauges.read();
  assert.deepEqual(
    [diskBytes, inBytesPerSecond, machine?.dockerVersion, machine?.relayVersion],
    [undefined, undefined, "", ""],
  );

  const dockerSocket = join(folder, "docker.sock");
  const engine = createServer((_, reply) => void reply.end('{"Version":"27.1.0"}')).listen(dockerSocket);
  await once(engine, "listening");
  t.after(() => engine.close());
  const { machine: found } = await new Gauges({ folder, dockerSocket, servedBytes: () => 0n }).read();
  assert.equal(found?.dockerVersion, "27.1.0");
});

test("only an answer to the newest heartbeat measures", () => {
  const beats = new Beats();
  const first = beats.next();
  beats.next();
  beats.taken(first.sequence);
  assert.equal(beats.next().roundTripMs, undefined);
});
