import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { formatNodeKey, newKeyPair } from "@berth/derp";
import { Refusal, sleep } from "@berth/kit";
import type { Allowance, Driver, Knock } from "@berth/offering";
import { need } from "../../../../tests/require.ts";
import { derperImage } from "../../../../tests/support/derper-image.ts";
import type { DerpSpec } from "../../spec.ts";
import { toSession } from "../test-session.ts";
import { TestWorld } from "./test-world.ts";

const instanceId = "instance_survival";
const signal = new AbortController().signal;
const ports = [42_521];

interface Applying {
  readonly generation?: number;
  readonly allowance?: Allowance;
  readonly spec?: Partial<DerpSpec>;
}

async function startWorld(t: TestContext) {
  const world = await TestWorld.start(await derperImage(), ports);
  const drivers: Driver<DerpSpec>[] = [];
  t.after(async () => {
    for (const driver of drivers) await driver.close();
    await world.stop();
  });
  const { spec, devices } = world.at(0);
  return {
    world,
    start() {
      const driver = world.startDriver();
      drivers.push(driver);
      return driver;
    },
    /** An agent that is killed lets go of everything at once, as a closed driver does. */
    kill: (driver: Driver<DerpSpec>) => drivers.splice(drivers.indexOf(driver), 1)[0]?.close(),
    apply: (driver: Driver<DerpSpec>, { generation = 1, allowance = {}, spec: change }: Applying = {}) =>
      driver.apply({ instanceId, generation, spec: { ...spec, ...change }, allowance }, signal),
    enter: async (user: 0 | 1) => toSession(await world.connect(0, devices[user])),
    without: (user: 0 | 1) => ({ devices: spec.devices.filter((_, index) => index !== user) }),
  };
}

function needs(t: TestContext): boolean {
  return need(t, "docker") && need(t, "go");
}

test("an agent that comes back goes on with what runs: nobody is disturbed, and the counter stays whole", async (t) => {
  if (!needs(t)) return;
  const { start, kill, apply, enter } = await startWorld(t);
  const first = start();
  await apply(first);
  const session = await enter(0);
  await session.use(1_000);
  await apply(first, { generation: 4 });
  await session.use(200);
  const before = await first.readings();
  await kill(first);
  await session.use(30);

  const second = start();
  assert.deepEqual([...(await second.running())], [[instanceId, { generation: 4, phase: "starting" }]]);
  const found = await second.readings();
  assert.deepEqual(
    found.map(({ generation, run }) => [generation, run]),
    before.map(({ generation, run }) => [generation, run]),
    "the run is known to go on before it is asked for: what it counted is not taken off the allowance twice",
  );
  await apply(second, { generation: 4, allowance: { ceilingBytes: 400n } });
  assert.deepEqual([...(await second.running())], [[instanceId, { generation: 4, phase: "running" }]]);
  await session.use(4);
  assert.ok(session.isAlive());
  assert.deepEqual(
    (await second.readings()).map(({ generation, value }) => [generation, value]),
    [
      [1, 1_000n],
      [4, 234n],
    ],
  );
  await (await enter(1)).use(1);
});

test("a device that is removed while no agent is there is cut off by the next one", async (t) => {
  if (!needs(t)) return;
  const { start, kill, apply, enter, without } = await startWorld(t);
  const first = start();
  await apply(first);
  const [stays, goes] = [await enter(0), await enter(1)];
  await kill(first);
  await assert.rejects(enter(1), "nobody is admitted without an agent");
  await apply(start(), { spec: without(1) });
  await goes.ended();
  assert.ok(stays.isAlive());
});

test("a device is removed even while Docker is away, and what serves is said to run", async (t) => {
  if (!needs(t)) return;
  const { world, start, apply, enter, without } = await startWorld(t);
  const driver = start();
  await apply(driver);
  const [stays, goes] = [await enter(0), await enter(1)];
  await world.engine.hide();
  const isAway = (error: unknown) => error instanceof Refusal && error.code === "derper.driver_failed";
  await assert.rejects(apply(driver, { spec: without(1) }), isAway);
  await goes.ended();
  await stays.use(10);
  assert.deepEqual([...(await driver.running())], [[instanceId, { generation: 1, phase: "running" }]]);
  await assert.rejects(driver.remove(instanceId, signal), isAway);
  await world.engine.restart();
  await driver.remove(instanceId, signal);
  assert.deepEqual(world.engine.containers(), []);
});

test("what an earlier agent left is found, running or not, and can be removed", async (t) => {
  if (!needs(t)) return;
  const { world, start, kill, apply } = await startWorld(t);
  for (const how of ["running", "killed"]) {
    const first = start();
    await apply(first);
    await kill(first);
    if (how === "killed") await world.engine.kill().then(() => world.engine.restart());
    const second = start();
    const [[id, { phase }] = ["", { phase: "" }]] = await second.running();
    assert.deepEqual([id, phase], [instanceId, how === "running" ? "starting" : "failed"]);
    await second.remove(instanceId, signal);
    assert.deepEqual([world.engine.containers(), (await second.running()).size], [[], 0]);
    await kill(second);
  }
});

test("what used its allowance up stays down when the agent comes back, and counts on in a new run when it may", async (t) => {
  if (!needs(t)) return;
  const { world, start, kill, apply, enter } = await startWorld(t);
  const first = start();
  await apply(first, { allowance: { ceilingBytes: 1_000n } });
  const session = await enter(0);
  await session.use(1_500);
  await session.ended();
  while (world.engine.containers("--filter", "status=running").length > 0) await sleep(10);
  const [spent] = await first.readings();
  assert.equal(spent?.value, 1_500n);
  await kill(first);

  const second = start();
  await second.running();
  assert.deepEqual(await second.readings(), [spent]);
  await apply(second, { allowance: { ceilingBytes: 1_000n } });
  assert.deepEqual([...(await second.running())], [[instanceId, { generation: 1, phase: "running" }]]);
  assert.deepEqual(world.engine.containers("--filter", "status=running"), []);

  await apply(second, { allowance: { ceilingBytes: 2_000n } });
  const again = await enter(0);
  await again.use(400);
  await sleep(1_200);
  assert.ok(again.isAlive(), "100 bytes are left: the ceiling was for what both runs count");
  await again.use(100);
  await again.ended();
  const [last] = await second.readings();
  assert.deepEqual([last?.value, last?.run === spent?.run], [500n, false]);
});

test("a stranger's knock tells the key and where it came from, once for many attempts", async (t) => {
  if (!needs(t)) return;
  const { world, start, apply } = await startWorld(t);
  const driver = start();
  const knocks: Knock[] = [];
  driver.watch({ readings() {}, changed() {}, knocks: (heard) => knocks.push(...heard) });
  await apply(driver);
  const stranger = newKeyPair();
  for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(world.connect(0, stranger));
  await sleep(100);
  assert.deepEqual(
    knocks.map(({ instanceId: id, key }) => [id, key]),
    [[instanceId, formatNodeKey(stranger.publicKey)]],
  );
  assert.match(knocks[0]?.address ?? "", /^\d+\.\d+\.\d+\.\d+$/);
});

test("an identity that derper cannot serve with is a bad spec, and a new one replaces the container", async (t) => {
  if (!needs(t)) return;
  const { world, start, apply, enter } = await startWorld(t);
  const driver = start();
  const bad = { certificate: "nonsense" };
  const isBad = (error: unknown) => error instanceof Refusal && error.code === "derper.bad_spec";
  await assert.rejects(apply(driver, { spec: bad }), isBad);
  assert.deepEqual(world.engine.containers(), []);

  await apply(driver);
  const session = await enter(0);
  await session.use(70);
  const heard: bigint[] = [];
  driver.watch({
    knocks() {},
    changed() {},
    readings: (readings) => heard.push(...readings.map(({ value }) => value)),
  });
  const derpKey = `privkey:${"1".repeat(64)}`;
  await apply(driver, { spec: { derpKey } });
  await session.ended();
  assert.deepEqual(heard, [70n], "the last word of the old container");
  await (await enter(0)).use(5);
  assert.deepEqual(
    (await driver.readings()).map(({ value }) => value),
    [5n],
  );
});
