import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { formatPrivateKey, newKeyPair } from "@berth/derp";
import { hourMs } from "@berth/kit";
import type { Driver } from "@berth/offering";
import { DerpClient } from "@berth/relay";
import { makeTestCertificate, makeTestRoom } from "@berth/relay/test-room";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { type DerpSpec, derpSpec } from "../spec.ts";
import { relayDriver } from "./relay-driver.ts";
import { startRelay } from "./test-relay.ts";

let folder: string;
let relay: Awaited<ReturnType<typeof startRelay>>;
let driver: Driver<DerpSpec>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "derp-doors-"));
  relay = await startRelay(join(folder, "control.sock"));
  driver = relayDriver({ socketPath: join(folder, "control.sock") });
});
after(async () => {
  await driver.close();
  relay.kill("SIGKILL");
  await once(relay, "exit");
  await rm(folder, { recursive: true });
});

/** A present doorway and a former one, with what clients need of each. */
function makeSpec() {
  const { room, pin, devices } = makeTestRoom(nextTestPort());
  const { pin: formerPin, ...certificate } = makeTestCertificate();
  const former = { port: nextTestPort(), derpKey: formatPrivateKey(newKeyPair().privateKey), ...certificate };
  const { instanceId, generation: _, allowance: __, ...doorway } = room;
  const connect = (at: "present" | "former") => {
    const place = at === "present" ? { port: room.port, pin } : { port: former.port, pin: formerPin };
    return DerpClient.connect({ host: "127.0.0.1", ...place, keys: devices[0] as (typeof devices)[0] });
  };
  return { instanceId, doorway, former, connect };
}

async function apply(instanceId: string, spec: object, offsetMs?: number): Promise<void> {
  const assignment = {
    instanceId,
    generation: 1,
    spec: derpSpec.parse(spec),
    allowance: {},
    ...(offsetMs ? { offsetMs } : {}),
  };
  await driver.apply(assignment, AbortSignal.timeout(10_000));
}

const inHours = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString();

test("a spec of an earlier control, without former doors and times, has one door that stands", async () => {
  const { instanceId, doorway, connect } = makeSpec();
  await apply(instanceId, doorway);
  (await connect("present")).destroy();
  await assert.rejects(connect("former"), /ECONNREFUSED/);
});

test("a spec's former doors are opened beside the present one, each until its time", async () => {
  const { instanceId, doorway, former, connect } = makeSpec();
  await apply(instanceId, { ...doorway, until: inHours(2), former: [{ ...former, until: inHours(1) }] });
  for (const at of ["present", "former"] as const) (await connect(at)).destroy();
  await apply(instanceId, { ...doorway, until: inHours(2), former: [{ ...former, until: inHours(-1) }] });
  await assert.rejects(connect("former"), /ECONNREFUSED/);
  (await connect("present")).destroy();
});

test("times are control's: a node whose clock is wrong shuts doors when control would", async () => {
  const { instanceId, doorway, former, connect } = makeSpec();
  const spec = (hours: number) => ({ ...doorway, former: [{ ...former, until: inHours(hours) }] });
  // Control is ten hours ahead: what ends in nine hours by its clock ended an hour ago.
  await apply(instanceId, spec(9), 10 * hourMs);
  await assert.rejects(connect("former"), /ECONNREFUSED/);
  // It is ten hours behind: what ended nine hours ago by its clock ends in an hour.
  await apply(instanceId, spec(-9), -10 * hourMs);
  (await connect("former")).destroy();
});
