import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { formatNodeKey, formatPrivateKey, type KeyPair, newKeyPair } from "@berth/derp";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { Relay } from "./relay.ts";
import type { Room } from "./room.ts";
import { enter, makeTestCertificate, makeTestRoom, receive, type TestRoom } from "./test-room.ts";

const relay = new Relay({ host: "127.0.0.1" });
after(() => relay.close());

async function open(deviceCount = 2): Promise<TestRoom> {
  const it = makeTestRoom(nextTestPort(), {}, deviceCount);
  await relay.put(it.room);
  return it;
}

/** The room as it would be with these changes, and what clients need to know of it. */
function changed(it: TestRoom, change: Partial<Room>, pin = it.pin): TestRoom {
  return { ...it, pin, room: { ...it.room, ...change } };
}

const keyOf = ({ devices }: TestRoom, n: number) => (devices[n] as KeyPair).publicKey;
const untouched = () => assert.fail("a connection was disturbed");

test("a device that is removed is closed at once and refused, and nobody else is touched", async () => {
  const it = await open(3);
  const [a, b, c] = [await enter(it, 0), await enter(it, 1), await enter(it, 2)];
  a.on("close", untouched);
  c.on("close", untouched);
  const closed = once(b, "close");
  await relay.put(changed(it, { devices: it.room.devices.filter(({ id }) => id !== "d2") }).room);
  await closed;
  await assert.rejects(enter(it, 1), /before login/);
  const got = receive(c, 1);
  a.send(keyOf(it, 2), Buffer.from("still here"));
  assert.deepEqual(await got, ["still here"]);
  for (const client of [a, c]) client.off("close", untouched).destroy();
});

test("a device that is added gets in, and nobody is touched", async () => {
  const it = await open();
  const a = await enter(it, 0);
  a.on("close", untouched);
  const keys = newKeyPair();
  const wider = {
    ...changed(it, { devices: [...it.room.devices, { id: "d3", key: formatNodeKey(keys.publicKey) }] }),
    devices: [...it.devices, keys],
  };
  await assert.rejects(enter(wider, 2), /before login/);
  await relay.put(wider.room);
  const c = await enter(wider, 2);
  await a.ping();
  a.off("close", untouched).destroy();
  c.destroy();
});

test("a new certificate and a new DERP key are shown to those who come, and leave in peace those who are there", async () => {
  const it = await open();
  const a = await enter(it, 0);
  const { pin, ...certificate } = makeTestCertificate();
  const next = changed(it, { ...certificate, derpKey: formatPrivateKey(newKeyPair().privateKey) }, pin);
  await relay.put(next.room);
  await assert.rejects(enter(it, 1), /not the pinned one/);
  const b = await enter(next, 1);
  const got = receive(a, 1);
  b.send(keyOf(it, 0), Buffer.from("across identities"));
  assert.deepEqual(await got, ["across identities"]);
  a.destroy();
  b.destroy();
});

test("the meta certificate is made anew long before it ends, and the leaf stays", async () => {
  let now = Date.now();
  const aging = new Relay({ host: "127.0.0.1", now: () => new Date(now), tickMs: 50 });
  const it = makeTestRoom(nextTestPort());
  await aging.put(it.room);
  const before = await readChain(it);
  now += 16 * 86_400_000;
  let later = before;
  while (later.meta === before.meta) later = await readChain(it);
  assert.equal(later.leaf, before.leaf);
  (await enter(it, 0)).destroy();
  await aging.close();
});

async function readChain({ room }: TestRoom) {
  const socket = connectTls({ host: "127.0.0.1", port: room.port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const leaf = socket.getPeerX509Certificate();
  socket.destroy();
  return { leaf: leaf?.fingerprint256, meta: leaf?.issuerCertificate?.fingerprint256 };
}

test("a port that is taken is refused, and the room that wanted it stays where it was", async () => {
  const busy = nextTestPort();
  const taken = createServer().listen(busy, "127.0.0.1");
  await once(taken, "listening");
  const refusal = { name: "Refusal", kind: "conflict", code: "relay.port_in_use" };
  const fresh = makeTestRoom(busy);
  await assert.rejects(relay.put(fresh.room), refusal);
  assert.equal(
    relay.list().some(({ instanceId }) => instanceId === fresh.room.instanceId),
    false,
  );
  const it = await open();
  await assert.rejects(relay.put({ ...it.room, port: busy, generation: 2, devices: [] }), refusal);
  const a = await enter(it, 0);
  a.destroy();
  assert.equal(relay.list().find(({ instanceId }) => instanceId === it.room.instanceId)?.generation, 1);
  taken.close();
  await once(taken, "close");
  await relay.put(fresh.room);
});

test("a port is free as soon as its room is removed, whoever was connected", async () => {
  for (let round = 0; round < 5; round++) {
    const it = makeTestRoom(nextTestPort());
    await relay.put(it.room);
    const [a, b] = [await enter(it, 0), await enter(it, 1)];
    const closed = [once(a, "close"), once(b, "close")];
    await relay.remove(it.room.instanceId);
    await Promise.all(closed);
  }
  await relay.remove("instance_nobody_knows");
});

test("what cannot be used is refused as a whole, before anything has changed", async () => {
  const it = await open();
  const a = await enter(it, 0);
  a.on("close", untouched);
  const other = makeTestCertificate();
  const bad: Partial<Room>[] = [
    { derpKey: "privkey:00" },
    { certificate: "no certificate" },
    { privateKey: other.privateKey },
    { privateKey: "no key" },
    { devices: [{ id: "d1", key: "nodekey:xyz" }] },
    { devices: [...it.room.devices, { id: "d9", key: it.room.devices[0]?.key as string }] },
  ];
  for (const change of bad) {
    const room = { ...it.room, port: nextTestPort(), ...change };
    await assert.rejects(relay.put(room), { name: "Refusal", code: "relay.bad_spec" }, JSON.stringify(change));
    await assert.rejects(relay.put({ ...room, instanceId: "instance_fresh" }), { code: "relay.bad_spec" });
  }
  const b = await enter(it, 1); // still on the old port
  await a.ping();
  a.off("close", untouched).destroy();
  b.destroy();
});

test("what is asked about one room at the same time happens in order", async () => {
  const it = makeTestRoom(nextTestPort());
  const { instanceId } = it.room;
  await Promise.all([relay.put(it.room), relay.remove(instanceId), relay.put(it.room), relay.put(it.room)]);
  const a = await enter(it, 0);
  await Promise.all([relay.put(it.room), relay.remove(instanceId)]);
  assert.equal(
    relay.list().some((room) => room.instanceId === instanceId),
    false,
  );
  a.destroy();
});
