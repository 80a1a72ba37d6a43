import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Refusal } from "@berth/kit";
import { makeTestRoom } from "@berth/relay/test-room";
import { need } from "../../../tests/require.ts";
import { derperImage } from "../../../tests/support/derper-image.ts";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { derpSpec } from "../spec.ts";
import { TestWorld } from "./derper/test-world.ts";
import { derpDriver } from "./driver.ts";
import { startRelay } from "./test-relay.ts";
import { toSession } from "./test-session.ts";

const instanceId = "instance_moving";
const signal = new AbortController().signal;

test("without Docker and without a relay, what needs them is refused and all else works", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "derp-alone-"));
  t.after(() => rm(folder, { recursive: true }));
  const derper = { socketPath: join(folder, "docker.sock"), image: "none", host: "127.0.0.1", folder };
  const driver = derpDriver({ socketPath: join(folder, "relay.sock"), timeoutMs: 200 }, derper);
  t.after(() => driver.close());
  assert.deepEqual([(await driver.running()).size, await driver.readings()], [0, []]);
  const { room } = makeTestRoom(nextTestPort());
  for (const server of ["relay", "derper"]) {
    const spec = derpSpec.parse({ ...room, server });
    const applying = driver.apply({ instanceId, generation: 1, spec, allowance: {} }, signal);
    await assert.rejects(applying, (error) => error instanceof Refusal && error.code.endsWith(".driver_failed"));
  }
  await driver.remove(instanceId, signal);
  const none = derpDriver({ socketPath: join(folder, "relay.sock") });
  t.after(() => none.close());
  const spec = derpSpec.parse({ ...room, server: "derper" });
  await assert.rejects(none.apply({ instanceId, generation: 1, spec, allowance: {} }, signal), /runs no derper/);
});

test("an instance moves between relay and derper on the same port, and both counts stay", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const world = await TestWorld.start(await derperImage(), [nextTestPort()]);
  const socketPath = join(world.folder, "relay.sock");
  const relay = await startRelay(socketPath);
  const driver = derpDriver({ socketPath }, world.options);
  t.after(async () => {
    await driver.close();
    relay.kill("SIGKILL");
    await once(relay, "exit");
    await world.stop();
  });
  const { spec, devices } = world.at(0);
  const counted: Record<string, bigint> = {};
  driver.watch({
    knocks() {},
    changed() {},
    readings(readings) {
      for (const { run, value } of readings) counted[run] = value;
    },
  });
  let expected = 0n;
  for (const server of ["relay", "derper", "relay", "derper"] as const) {
    await driver.apply({ instanceId, generation: 1, spec: { ...spec, server }, allowance: {} }, signal);
    assert.deepEqual([...(await driver.running())], [[instanceId, { generation: 1, phase: "running" }]]);
    assert.equal(world.engine.containers().length, server === "derper" ? 1 : 0);
    const session = toSession(await world.connect(0, devices[0]));
    await session.use(1_000);
    expected += 1_000n;
    for (const { run, value } of await driver.readings()) counted[run] = value;
    assert.equal(
      Object.values(counted).reduce((sum, value) => sum + value, 0n),
      expected,
    );
    await session.leave();
  }
  await driver.remove(instanceId, signal);
  assert.deepEqual([world.engine.containers(), (await driver.running()).size], [[], 0]);
});
