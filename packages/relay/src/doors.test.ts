import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { formatPrivateKey, type KeyPair, newKeyPair } from "@berth/derp";
import { nextTestPort } from "../../../tests/support/ports.ts";
import type { DerpClient } from "./derp-client.ts";
import { silentLog } from "./log.ts";
import { Relay } from "./relay.ts";
import type { Doorway } from "./room.ts";
import { enter, makeTestCertificate, makeTestRoom, receive, type TestRoom } from "./test-room.ts";

let now = Date.now();
const warnings: string[] = [];
const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
const relay = new Relay({ host: "127.0.0.1", now: () => new Date(now), tickMs: 50, log });
after(() => relay.close());

interface NewDoorway extends Doorway {
  readonly pin: string;
}

function makeDoorway(change: Partial<Doorway> = {}): NewDoorway {
  return {
    ...makeTestCertificate(),
    port: nextTestPort(),
    derpKey: formatPrivateKey(newKeyPair().privateKey),
    ...change,
  };
}

/** The room with another present doorway, and the one before it as a former one until then. */
function renewed(it: TestRoom, next: NewDoorway, until?: Date): TestRoom {
  const { port, derpKey, certificate, privateKey } = it.room;
  const { pin, ...doorway } = next;
  const former = [{ port, derpKey, certificate, privateKey, ...(until ? { until } : {}) }];
  return { ...it, pin, room: { ...it.room, ...doorway, former } };
}

const keyOf = ({ devices }: TestRoom, n: number) => (devices[n] as KeyPair).publicKey;
const inAnHour = () => new Date(now + 3_600_000);
const untouched = () => assert.fail("a connection was disturbed");
const connectionsOf = ({ room }: TestRoom) =>
  relay.list().find(({ instanceId }) => instanceId === room.instanceId)?.connections;

async function open(deviceCount = 2): Promise<TestRoom> {
  const it = makeTestRoom(nextTestPort(), {}, deviceCount);
  await relay.put(it.room);
  return it;
}

test("two doors lead into one room: who comes by the one meets who comes by the other, and each byte is counted once", async () => {
  const it = await open(3);
  const a = await enter(it, 0);
  a.on("close", untouched);
  const next = renewed(it, makeDoorway(), inAnHour());
  await relay.put(next.room);
  const [b, c] = [await enter(next, 1), await enter(it, 2)];
  for (const [from, to, at] of [
    [a, b, 1],
    [b, a, 0],
    [b, c, 2],
    [c, b, 1],
  ] as const) {
    const got = receive(to, 1);
    from.send(keyOf(it, at), Buffer.from("1234567890"));
    assert.deepEqual(await got, ["1234567890"]);
  }
  const own = relay.counters().entries.filter(({ instanceId }) => instanceId === it.room.instanceId);
  assert.deepEqual(
    own.map(({ deviceId, bytes }) => [deviceId, bytes]),
    [
      ["d1", 10n],
      ["d2", 20n],
      ["d3", 10n],
    ],
  );
  assert.equal(connectionsOf(it), 3);
  a.off("close", untouched);
  for (const client of [a, b, c]) client.destroy();
});

test("each door shows its own identity, so a map that pins one is no good at the other", async () => {
  const it = await open();
  const next = renewed(it, makeDoorway(), inAnHour());
  await relay.put(next.room);
  await assert.rejects(enter({ ...it, room: next.room }, 0), /not the pinned one/);
  await assert.rejects(enter({ ...next, room: it.room }, 0), /not the pinned one/);
  for (const one of [it, next]) (await enter(one, 0)).destroy();
});

test("a device that is in by both doors is one member of the room", async () => {
  const it = await open();
  const next = renewed(it, makeDoorway(), inAnHour());
  await relay.put(next.room);
  const [before, after, other] = [await enter(it, 0), await enter(next, 0), await enter(it, 1)];
  const got = receive(after, 1);
  other.send(keyOf(it, 0), Buffer.from("to the newest"));
  assert.deepEqual(await got, ["to the newest"]);
  const back = receive(before, 1);
  await before.ping();
  other.send(keyOf(it, 0), Buffer.from("to who was heard last"));
  assert.deepEqual(await back, ["to who was heard last"]);
  for (const client of [before, after, other]) client.destroy();
});

test("a former door is shut at its time: who came by it is told why and leaves, and nobody else is touched", async () => {
  const it = await open(3);
  const next = renewed(it, makeDoorway(), new Date(now + 60_000));
  await relay.put(next.room);
  const [a, b] = [await enter(it, 0), await enter(next, 1)];
  b.on("close", untouched);
  const words: string[] = [];
  a.on("health", (text) => words.push(text));
  const closed = once(a, "close");
  now += 60_000;
  await closed;
  assert.match(words.join(), /out of date/);
  await assert.rejects(enter(it, 0), /ECONNREFUSED/);
  assert.ok(relay.tally.ends.door_closed > 0);
  // Said again, as after an agent's restart, it stays shut.
  await relay.put(next.room);
  await assert.rejects(enter(it, 0), /ECONNREFUSED/);
  await b.ping();
  b.off("close", untouched).destroy();
});

test("the present door has its time as well: nobody is left then, and a later one opens it again", async () => {
  const it = await open();
  const until = new Date(now + 60_000);
  await relay.put({ ...it.room, until });
  const a = await enter(it, 0);
  const closed = once(a, "close");
  now += 60_000;
  await closed;
  await assert.rejects(enter(it, 0), /ECONNREFUSED/);
  await relay.put({ ...it.room, until: new Date(now + 60_000) });
  (await enter(it, 0)).destroy();
});

test("a door that is taken away at once is shut at once, and its port is free", async () => {
  const it = await open();
  const a = await enter(it, 0);
  const next = renewed(it, makeDoorway());
  const closed = once(a, "close");
  await relay.put({ ...next.room, former: [] });
  await closed;
  const taken = createServer().listen(it.room.port, "127.0.0.1");
  await once(taken, "listening");
  taken.close();
  (await enter(next, 0)).destroy();
});

test("a device that is removed loses its connections by all doors", async () => {
  const it = await open(3);
  const next = renewed(it, makeDoorway(), inAnHour());
  await relay.put(next.room);
  const [a, b] = [await enter(it, 0), await enter(next, 0)];
  const closed = [once(a, "close"), once(b, "close")];
  await relay.put({ ...next.room, devices: next.room.devices.slice(1) });
  await Promise.all(closed);
  for (const one of [it, next]) await assert.rejects(enter(one, 0), /before login/);
});

test("a former door whose port is taken holds up nobody, and opens when it can; the present one's is refused", async () => {
  const busy = nextTestPort();
  const taken = createServer().listen(busy, "127.0.0.1");
  await once(taken, "listening");
  const it = makeTestRoom(busy);
  const next = renewed(it, makeDoorway(), inAnHour());
  await relay.put(next.room);
  const a = await enter(next, 0);
  a.on("close", untouched);
  await assert.rejects(relay.put({ ...next.room, port: busy, former: [] }), { code: "relay.port_in_use" });
  await a.ping();
  taken.close();
  await once(taken, "close");
  let late: DerpClient | undefined;
  for (let tries = 0; tries < 2_000 && !late; tries++) late = await enter(it, 1).catch(() => undefined);
  assert.ok(late, "the former door was never opened");
  assert.deepEqual(warnings, ["former door not opened"]);
  late.destroy();
  a.off("close", untouched).destroy();
});

test("two doorways with one port, or one with keys that can't be used, are refused before anything has changed", async () => {
  const it = await open();
  const a = await enter(it, 0);
  a.on("close", untouched);
  const next = renewed(it, makeDoorway());
  const former = next.room.former?.[0] as Doorway;
  for (const bad of [
    { ...next.room, former: [former, former] },
    { ...next.room, former: [{ ...former, port: next.room.port }] },
    { ...next.room, former: [{ ...former, derpKey: "privkey:00" }] },
  ]) {
    await assert.rejects(relay.put(bad), { name: "Refusal", code: "relay.bad_spec" });
  }
  await assert.rejects(enter(next, 1), /ECONNREFUSED/);
  await a.ping();
  a.off("close", untouched).destroy();
});
