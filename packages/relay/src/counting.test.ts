import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { encodeFrame, FrameType, type KeyPair, newKeyPair } from "@berth/derp";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { Relay } from "./relay.ts";
import type { Allowance, CounterEntry } from "./room.ts";
import { enter, makeTestRoom, type TestRoom } from "./test-room.ts";

let now = new Date();
const relay = new Relay({ host: "127.0.0.1", now: () => now, tickMs: 100 });
after(() => relay.close());

async function open(allowance: Allowance = {}): Promise<TestRoom> {
  const it = makeTestRoom(nextTestPort(), { allowance });
  await relay.put(it.room);
  return it;
}

const keyOf = ({ devices }: TestRoom, n: number) => (devices[n] as KeyPair).publicKey;

function counted({ room }: TestRoom): Pick<CounterEntry, "generation" | "deviceId" | "bytes">[] {
  const own = relay.counters().entries.filter(({ instanceId }) => instanceId === room.instanceId);
  return own.map(({ generation, deviceId, bytes }) => ({ generation, deviceId, bytes }));
}

const packets = (key: Buffer, count: number, size: number) =>
  Buffer.concat(Array.from({ length: count }, () => encodeFrame(FrameType.SendPacket, key, Buffer.alloc(size))));

test("payload is counted for its sender, once, whether or not it arrives", async () => {
  const it = await open();
  const a = await enter(it, 0);
  a.sendRaw(packets(newKeyPair().publicKey, 3, 100)); // nobody is there
  await a.ping();
  assert.deepEqual(counted(it), [{ generation: 1, deviceId: "d1", bytes: 300n }]);
  const b = await enter(it, 1);
  b.sendRaw(packets(keyOf(it, 0), 2, 1_000));
  b.sendFrame(0x7f, Buffer.alloc(5_000)); // not a packet
  await b.ping();
  assert.deepEqual(counted(it), [
    { generation: 1, deviceId: "d1", bytes: 300n },
    { generation: 1, deviceId: "d2", bytes: 2_000n },
  ]);
  a.destroy();
  b.destroy();
});

test("everything that was sent before a goodbye is counted", async () => {
  const it = await open();
  for (let round = 1; round <= 5; round++) {
    const a = await enter(it, 0);
    a.sendRaw(packets(keyOf(it, 1), 5_000, 1_000));
    await a.close();
    assert.deepEqual(counted(it), [{ generation: 1, deviceId: "d1", bytes: BigInt(round) * 5_000_000n }]);
  }
});

test("everything that was sent before a goodbye arrives at those who keep up", async () => {
  const it = await open();
  const [a, b] = [await enter(it, 0), await enter(it, 1)];
  let got = 0;
  b.on("packet", ({ length }) => {
    got += length;
  });
  for (let i = 0; i < 20; i++) {
    a.sendRaw(packets(keyOf(it, 1), 10, 1_000));
    await a.ping();
  }
  const gone = once(b, "peerGone");
  await a.close();
  await gone;
  assert.equal(got, 200_000);
  b.destroy();
});

test("at the ceiling everybody is told and closed, and not one packet more is counted than the one that reached it", async () => {
  const it = await open({ ceilingBytes: 10_000n });
  const [a, b] = [await enter(it, 0), await enter(it, 1)];
  const before = relay.tally.drops.allowance;
  const told = [once(a, "health"), once(b, "health")];
  const closed = [once(a, "close"), once(b, "close")];
  a.sendRaw(packets(keyOf(it, 1), 40, 999));
  for (const [text] of await Promise.all(told)) assert.match(text, /allowance/);
  await Promise.all(closed);
  assert.deepEqual(counted(it), [{ generation: 1, deviceId: "d1", bytes: 10_989n }]);
  assert.equal(relay.tally.drops.allowance, before + 29);
  assert.equal(relay.list().find(({ instanceId }) => instanceId === it.room.instanceId)?.isSpent, true);
});

test("whoever logs in at the ceiling is told the same, until the ceiling is raised", async () => {
  const it = await open({ ceilingBytes: 0n });
  const a = await enter(it, 0);
  const closed = once(a, "close");
  const [text] = await once(a, "health");
  assert.match(text, /allowance/);
  await closed;
  await relay.put(it.room); // the same again opens nothing
  const again = await enter(it, 0);
  await once(again, "close");
  await relay.put({ ...it.room, allowance: { ceilingBytes: 500n } });
  const b = await enter(it, 0);
  b.sendRaw(packets(keyOf(it, 1), 1, 400));
  await b.ping();
  assert.deepEqual(counted(it), [{ generation: 1, deviceId: "d1", bytes: 400n }]);
  b.destroy();
});

test("an allowance that is lowered below what was used closes the room at once", async () => {
  const it = await open();
  const a = await enter(it, 0);
  a.sendRaw(packets(keyOf(it, 1), 1, 400));
  await a.ping();
  const told = once(a, "health");
  await relay.put({ ...it.room, allowance: { ceilingBytes: 400n } });
  await told;
  await once(a, "close");
});

test("an allowance ends at its time, for those who are quiet too", async () => {
  const it = await open({ until: new Date(now.getTime() + 60_000) });
  const a = await enter(it, 0);
  const told = once(a, "health");
  now = new Date(now.getTime() + 60_000);
  await told;
  await once(a, "close");
});

test("a device that is removed keeps its counter, and a new generation counts anew", async () => {
  const it = await open({ ceilingBytes: 300n });
  const a = await enter(it, 0);
  a.sendRaw(packets(keyOf(it, 1), 1, 299));
  await a.ping();
  await relay.put({ ...it.room, generation: 2 });
  a.sendRaw(packets(keyOf(it, 1), 1, 200));
  await a.ping();
  await relay.put({ ...it.room, generation: 2, devices: [] });
  await relay.remove(it.room.instanceId);
  await relay.put({ ...it.room, generation: 3 });
  const b = await enter(it, 1);
  const told = once(b, "health");
  b.sendRaw(packets(keyOf(it, 0), 10, 100));
  await told;
  assert.deepEqual(counted(it), [
    { generation: 1, deviceId: "d1", bytes: 299n },
    { generation: 2, deviceId: "d1", bytes: 200n },
    { generation: 3, deviceId: "d2", bytes: 300n },
  ]);
});
