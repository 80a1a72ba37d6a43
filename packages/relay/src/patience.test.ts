import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { KeyPair } from "@berth/derp";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { Relay } from "./relay.ts";
import { enter, makeTestRoom } from "./test-room.ts";

// A second is twenty milliseconds long here.
const relay = new Relay({ host: "127.0.0.1", tickMs: 20, gateLimits: { perRoom: 4, perAddress: 3, total: 100 } });
after(() => relay.close());

async function open() {
  const it = makeTestRoom(nextTestPort());
  await relay.put(it.room);
  return it;
}

test("a quiet client gets keep-alives, again and again", async () => {
  const a = await enter(await open(), 0);
  for (let i = 0; i < 2; i++) await once(a, "keepAlive");
  a.destroy();
});

test("a connection that does not log in is closed, in whatever step it stopped", async () => {
  const strict = new Relay({ host: "127.0.0.1", tickMs: 20 });
  const { room } = makeTestRoom(nextTestPort());
  await strict.put(room);
  const tcp = connect(room.port, "127.0.0.1");
  const tls = connectTls({ host: "127.0.0.1", port: room.port, rejectUnauthorized: false });
  const derp = connectTls({ host: "127.0.0.1", port: room.port, rejectUnauthorized: false });
  derp.write("GET /derp HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: derp\r\n\r\n");
  for (const socket of [tcp, tls, derp]) socket.on("error", () => {}).resume();
  await Promise.all([tcp, tls, derp].map((socket) => once(socket, "close")));
  assert.deepEqual([strict.tally.ends.late, strict.tally.ends.left], [3, 0], "each end has one reason");
  await strict.close();
});

test("a crowd that does not log in is turned away, and those who are in stay", async () => {
  const it = await open();
  const a = await enter(it, 0); // logged in: takes no place
  const before = relay.tally.ends.crowded;
  const crowd = Array.from({ length: 5 }, () =>
    connect(it.room.port, "127.0.0.1")
      .on("error", () => {})
      .resume(),
  );
  const closed = crowd.map((socket) => once(socket, "close"));
  await Promise.race(closed);
  assert.ok((await a.ping()) >= 0);
  await Promise.all(closed); // the late ones by their deadline
  assert.equal(relay.tally.ends.crowded, before + 2);
  a.destroy();
});

test("what was on the way when the relay closes still arrives", async () => {
  const closing = new Relay({ host: "127.0.0.1" });
  const it = makeTestRoom(nextTestPort());
  await closing.put(it.room);
  const [a, b] = [await enter(it, 0), await enter(it, 1)];
  b.pause();
  for (let i = 0; i < 100; i++) a.send((it.devices[1] as KeyPair).publicKey, Buffer.alloc(1_000));
  await a.ping();
  const closed = [once(a, "close"), once(b, "close")];
  const relayClosed = closing.close({ graceMs: 5_000 });
  let got = 0;
  b.on("packet", ({ length }) => {
    got += length;
  });
  b.resume();
  await Promise.all([relayClosed, ...closed]);
  assert.equal(got, 100_000);
});

test("a client that reads nothing loses packets, holds up nobody and is closed at last", async () => {
  const it = await open();
  const [a, slow] = [await enter(it, 0), await enter(it, 1)];
  slow.pause();
  const key = (it.devices[1] as KeyPair).publicKey;
  const { drops, ends } = relay.tally;
  const before = { drops: drops.queue_full, ends: ends.not_draining };
  const packet = Buffer.alloc(60_000);
  while (drops.queue_full === before.drops) if (!a.send(key, packet)) await once(a, "drain");
  assert.ok((await a.ping()) >= 0, "the sender is served on");
  while (ends.not_draining === before.ends) await new Promise(setImmediate);
  slow.destroy();
  a.destroy();
});
