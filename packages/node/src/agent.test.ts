import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { dayMs, hourMs, sleep } from "@berth/kit";
import { makeAuthority } from "@berth/link";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { type Agent, type AgentOptions, startAgent } from "./agent.ts";
import { TestControl } from "./test-control.ts";
import { CountingDriver, CountingProcess } from "./test-driver.ts";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

interface World {
  readonly control: TestControl;
  readonly process: CountingProcess;
  readonly folder: string;
  readonly lines: Line[];
  start(options?: Partial<AgentOptions>): Promise<Agent>;
}

/** A control, a process that counts and a folder, all gone when the test ends. */
async function makeWorld(t: TestContext): Promise<World> {
  const control = new TestControl(nextTestPort());
  const process = new CountingProcess();
  const folder = await mkdtemp(join(tmpdir(), "berth-agent-"));
  const lines: Line[] = [];
  const agents: Agent[] = [];
  t.after(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    await control.stop();
    await rm(folder, { recursive: true });
  });
  await control.start();
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Record<string, unknown> });
  };
  const start = async (options: Partial<AgentOptions> = {}) => {
    const agent = await startAgent({
      url: control.url,
      folder: join(folder, "agent"),
      drivers: [new CountingDriver(process)],
      name: "one",
      version: "0.1.0",
      joinToken: async () => control.token,
      addresses: ["192.0.2.7"],
      ports: { from: 20_000, to: 20_100 },
      stunPort: 3478,
      region: "fra",
      now: () => control.now(),
      log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
      ...options,
    });
    agents.push(agent);
    return agent;
  };
  return { control, process, folder, lines, start };
}

const spec = { port: 20_000 };
const isRunning = ({ control }: World, id: string, generation = 1) =>
  control.phases.get(id) === `${generation} running`;

test("a node joins, says what it is, runs what control wants and tells what it counts", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want({ id: "a", spec });
  await world.start();
  await control.until(() => isRunning(world, "a"));
  const { capabilities, addresses, portFrom, portTo, stunPort, region, version } = control.hellos[0]!;
  assert.deepEqual(
    { offering: capabilities[0]?.offering, addresses, portFrom, portTo, stunPort, region, version },
    {
      offering: "counting",
      addresses: ["192.0.2.7"],
      portFrom: 20_000,
      portTo: 20_100,
      stunPort: 3478,
      region: "fra",
      version: "0.1.0",
    },
  );
  process.count("a", "device_1", 100n);
  process.count("a", "device_2", 5n);
  process.count("a", "device_1", 11n);
  await control.until(() => control.bytes("a") === 116n);
  process.knock("a", "nodekey:1");
  await control.until(() => control.knocks.includes("nodekey:1"));
});

test("what a node keeps is readable by its owner only", async (t) => {
  const world = await makeWorld(t);
  world.control.want({ id: "a", spec });
  await world.start();
  await world.control.until(() => isRunning(world, "a"));
  for (const name of ["identity.json", "desired.json", "spool"]) {
    assert.equal((await stat(join(world.folder, "agent", name))).mode & 0o777, 0o600, name);
  }
});

test("changes are made as they come, and what is taken away is reported as stopped", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  await world.start();
  await control.until(() => control.streams === 1);
  control.want({ id: "a", spec }, { id: "b", spec: { port: 20_001 } });
  await control.until(() => isRunning(world, "a") && isRunning(world, "b"));
  // The port moves from one to another in one change: removals come first.
  control.drop("a");
  control.want({ id: "c", spec });
  await control.until(() => control.phases.get("a") === "1 stopped" && isRunning(world, "c"));
  assert.deepEqual([...process.rooms.keys()].sort(), ["b", "c"]);
  control.want({ id: "b", generation: 2n, spec: { port: 20_002 } });
  await control.until(() => isRunning(world, "b", 2));
  assert.equal(process.rooms.get("b")?.spec.port, 20_002);
});

test("an instance that stopped while control was away is reported when it is back", async (t) => {
  const world = await makeWorld(t);
  const { control } = world;
  control.want({ id: "a", spec });
  const agent = await world.start();
  await control.until(() => isRunning(world, "a"));
  control.drop("a");
  await control.until(() => control.phases.get("a") === "1 stopped");
  control.phases.clear();
  await agent.close();
  await world.start();
  await control.until(() => control.phases.get("a") === "1 stopped");
});

test("a control that was restarted gets what was counted meanwhile", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want({ id: "a", spec });
  await world.start();
  await control.until(() => isRunning(world, "a"));
  process.count("a", "d", 10n);
  await control.until(() => control.bytes("a") === 10n);
  await control.stop();
  process.count("a", "d", 20n);
  control.phases.clear();
  await control.start();
  await control.until(() => control.bytes("a") === 30n && isRunning(world, "a"));
});

test("an agent that was killed goes on from its disk, and nothing is lost or counted twice", async (t) => {
  const world = await makeWorld(t);
  const { control, process, folder } = world;
  control.want({ id: "a", spec });
  const first = await world.start();
  await control.until(() => isRunning(world, "a"));
  process.count("a", "d", 10n);
  await control.until(() => control.bytes("a") === 10n);
  await control.stop();
  process.count("a", "d", 20n);
  const spool = join(folder, "agent", "spool");
  while (!(await readFile(spool, "utf8")).includes('"30"')) await sleep(20);
  // The folder as a kill leaves it; the first agent lives on without control and without a word.
  await cp(join(folder, "agent"), join(folder, "copy"), { recursive: true });
  await first.close();
  process.restart();
  await world.start({ folder: join(folder, "copy") });
  await control.until(() => process.rooms.has("a")); // though control is away
  process.count("a", "d", 5n);
  await control.start();
  await control.until(() => control.bytes("a") === 35n);
  assert.equal(control.readings.size, 2);
});

test("an agent that is restarted does not disturb what runs", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want({ id: "a", spec });
  const agent = await world.start();
  await control.until(() => isRunning(world, "a"));
  process.count("a", "d", 10n);
  const startedAt = performance.now();
  await agent.close();
  assert.ok(performance.now() - startedAt < 4_000);
  assert.equal(control.bytes("a"), 10n); // the last readings were sent before it went
  assert.ok(process.rooms.has("a"));
  control.phases.clear();
  await world.start();
  await control.until(() => isRunning(world, "a"));
  assert.equal(process.rooms.get("a")?.bytes, 10n);
});

test("a message that was lost is made up for: digests differ, and everything is sent again", async (t) => {
  const world = await makeWorld(t);
  const { control } = world;
  control.want({ id: "a", spec });
  await world.start();
  await control.until(() => isRunning(world, "a"));
  control.isDeaf = true;
  control.want({ id: "b", spec: { port: 20_001 } });
  control.drop("a");
  control.isDeaf = false;
  control.want({ id: "c", spec: { port: 20_002 } });
  await control.until(() => isRunning(world, "b") && isRunning(world, "c") && control.phases.get("a") === "1 stopped");
});

test("a ceiling holds over all runs of a generation", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want({ id: "a", spec, allowance: { ceilingBytes: 100n } });
  const agent = await world.start();
  await control.until(() => isRunning(world, "a"));
  assert.equal(process.count("a", "d", 60n), 60n);
  process.restart();
  await control.until(() => process.rooms.has("a"));
  assert.equal(process.rooms.get("a")?.allowance.ceilingBytes, 40n);
  assert.equal(process.count("a", "d", 30n), 30n);
  await agent.close();
  process.restart();
  await world.start();
  await control.until(() => process.rooms.has("a"));
  assert.equal(process.count("a", "d", 60n), 10n);
  await control.until(() => control.bytes("a") === 100n);
  // Topped up; and a new generation starts from nothing.
  control.want({ id: "a", allowance: { ceilingBytes: 150n } });
  await control.until(() => process.rooms.get("a")?.allowance.ceilingBytes === 60n);
  assert.equal(process.count("a", "d", 100n), 50n);
  control.want({ id: "a", generation: 2n, allowance: { ceilingBytes: 7n } });
  await control.until(() => process.rooms.get("a")?.generation === 2);
  assert.equal(process.count("a", "d", 100n), 7n);
});

test("the end of an allowance is in the time of the node's clock", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  const until = Date.now() + hourMs;
  control.want({ id: "a", spec, allowance: { untilMs: BigInt(until) } });
  await world.start({ now: () => new Date(Date.now() - 10 * 60_000) });
  await control.until(() => isRunning(world, "a"));
  const corrected = process.rooms.get("a")!.allowance.until!.getTime();
  assert.ok(Math.abs(corrected - (until - 10 * 60_000)) < 2_000, `${corrected - until}`);
});

test("an instance that fails or hangs holds up no other, is reported with its reason, and is tried again", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want(
    { id: "taken", spec: { port: 20_001 } },
    { id: "clash", spec: { port: 20_001 } },
    { id: "hangs", spec: { port: 20_002, hangs: true } },
    { id: "fails", spec: { port: 20_003, fails: true } },
    { id: "odd", spec: { port: "many" } },
    { id: "newer", spec, specVersion: 9 },
    { id: "alien", spec, offering: "alien" },
    { id: "good", spec: { port: 20_004 } },
  );
  await world.start();
  await control.until(() => isRunning(world, "good") && isRunning(world, "taken"));
  await control.until(() => control.phases.get("clash") === "1 failed port_in_use");
  await control.until(() => control.phases.get("odd") === "1 failed bad_spec");
  await control.until(() => control.phases.get("newer") === "1 failed bad_spec");
  await control.until(() => control.phases.get("alien") === "1 failed driver_failed");
  assert.equal(control.phases.get("hangs"), "1 starting");
  control.want({ id: "later", spec: { port: 20_005 } });
  await control.until(() => isRunning(world, "later"));
  control.want({ id: "clash", generation: 2n, spec: { port: 20_006 } });
  await control.until(() => isRunning(world, "clash", 2));
  await control.until(() => control.phases.get("fails") === "1 failed driver_failed");
  const attempts = process.applied.filter((id) => id === "fails").length;
  assert.ok(attempts >= 3 && attempts < 10, `${attempts} attempts`);
});

test("a process that was restarted gets its rooms back at once", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want({ id: "a", spec });
  await world.start();
  await control.until(() => isRunning(world, "a"));
  const startedAt = performance.now();
  process.restart();
  await control.until(() => process.rooms.has("a"));
  assert.ok(performance.now() - startedAt < 500);
});

test("a node that was off for a month comes back by itself", async (t) => {
  const world = await makeWorld(t);
  const { control } = world;
  const monthAgo = new Date(Date.now() - 30 * dayMs);
  control.now = () => monthAgo;
  control.want({ id: "a", spec });
  const agent = await world.start();
  await control.until(() => isRunning(world, "a"));
  await agent.close();
  control.now = () => new Date();
  control.calls = [];
  control.phases.clear();
  await world.start();
  await control.until(() => isRunning(world, "a"));
  assert.deepEqual(control.calls, ["renew", "sync"]);
  assert.equal(control.peers[0]?.keyFingerprint, control.peers.at(-1)?.keyFingerprint);
});

test("a node whose clock is behind renews when control says that it is late", async (t) => {
  const world = await makeWorld(t);
  const { control } = world;
  const started = new Date(Date.now() - 2 * dayMs);
  control.now = () => started;
  const agent = await world.start();
  await control.until(() => control.streams === 1);
  await agent.close();
  control.now = () => new Date();
  control.calls = [];
  await world.start({ now: () => started });
  await control.until(() => control.streams === 1);
  assert.deepEqual(control.calls, ["renew", "sync"]);
});

test("a certificate is renewed at half its life, and only the stream is opened anew", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  control.want({ id: "a", spec });
  await world.start();
  await control.until(() => isRunning(world, "a"));
  const applied = process.applied.length;
  const { expiresAt } = control.peers[0]!;
  const later = Date.now() + 13 * hourMs;
  control.now = () => new Date(later);
  await control.until(() => control.peers.length === 2);
  assert.ok(control.peers[1]!.expiresAt.getTime() > expiresAt.getTime() + 12 * hourMs);
  assert.equal(process.applied.length, applied);
  process.count("a", "d", 3n);
  await control.until(() => control.bytes("a") === 3n);
});

test("a node whose key was revoked stays out, says so, and does not hammer", async (t) => {
  const world = await makeWorld(t);
  const { control, process, lines } = world;
  control.want({ id: "a", spec });
  const agent = await world.start();
  await control.until(() => isRunning(world, "a"));
  await agent.close();
  control.isRevoked = true;
  control.calls = [];
  await world.start();
  await control.until(() => lines.some(({ level }) => level === "error"));
  await sleep(500);
  const errors = lines.filter(({ level }) => level === "error");
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.message, "control refused this node");
  assert.equal(errors[0]?.fields.code, "fleet.revoked");
  assert.equal(errors[0]?.fields.retryMs, 60_000);
  assert.deepEqual(control.calls, ["sync"]);
  assert.ok(process.rooms.has("a")); // what it runs is up to allowances
});

test("a refused node is let in again when control has changed its mind", async (t) => {
  const world = await makeWorld(t);
  const { control } = world;
  control.isRevoked = true;
  await world.start({ refusedMs: 50 });
  await control.until(() => control.calls.length >= 2);
  control.isRevoked = false;
  await control.until(() => control.streams === 1);
});

test("a node follows control to a new authority", async (t) => {
  const world = await makeWorld(t);
  const { control, folder } = world;
  control.want({ id: "a", spec });
  await world.start();
  await control.until(() => isRunning(world, "a"));
  const [before] = control.authorities;
  control.authorities = [before!, await makeAuthority({ now: new Date() })];
  control.trust();
  const identity = join(folder, "agent", "identity.json");
  const certificates = async () => (await readFile(identity, "utf8")).split("BEGIN CERTIFICATE").length - 1;
  while ((await certificates()) !== 3) await sleep(10);
  control.authorities.reverse();
  await control.stop();
  control.phases.clear();
  await control.start();
  await control.until(() => isRunning(world, "a"));
});

test("a node has its certificate renewed soon after it hears that another authority signs", async (t) => {
  const world = await makeWorld(t);
  const { control } = world;
  await world.start();
  await control.until(() => control.streams === 1);
  control.authorities = [await makeAuthority({ now: new Date() }), control.authorities[0]!];
  control.calls = [];
  control.trust();
  await control.until(() => control.calls.length === 2);
  await sleep(2_500); // two heartbeats: it is not due again
  assert.deepEqual(control.calls, ["renew", "sync"]);
  assert.equal(control.streams, 1);
});

test("a state that control has never sent takes nothing away", async (t) => {
  const world = await makeWorld(t);
  const { control, process } = world;
  await new CountingDriver(process).apply({ instanceId: "a", generation: 1, spec, allowance: {} });
  await control.stop();
  const agent = await world.start();
  await sleep(100);
  assert.ok(process.rooms.has("a"));
  await control.start();
  await control.until(() => process.rooms.size === 0); // now control has spoken: nothing should run
  await agent.close();
});
