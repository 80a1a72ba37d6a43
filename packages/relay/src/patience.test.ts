import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { KeyPair } from "@berth/derp";
import { Relay } from "./relay.ts";
import { enter, makeTestRoom } from "./test-room.ts";

// A second is five milliseconds long here.
const relay = new Relay({ host: "127.0.0.1", tickMs: 5, gateLimits: { perRoom: 4, perAddress: 3, total: 100 } });
after(() => relay.close());
let port = 42_060;

async function open() {
  const it = makeTestRoom(++port);
  await relay.put(it.room);
  return it;
}

test("a quiet client gets keep-alives, again and again", async () => {
  const a = await enter(await open(), 0);
  for (let i = 0; i < 3; i++) await once(a, "keepAlive");
  a.destroy();
});

test("a connection that does not log in is closed, in whatever step it stopped", async () => {
  const { room } = await open();
  const before = relay.tally.ends.late;
  const tcp = connect(room.port, "127.0.0.1");
  const tls = connectTls({ host: "127.0.0.1", port: room.port, rejectUnauthorized: false });
  const derp = connectTls({ host: "127.0.0.1", port: room.port, rejectUnauthorized: false });
  derp.write("GET /derp HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: derp\r\n\r\n");
  for (const socket of [tcp, tls, derp]) socket.on("error", () => {}).resume();
  await Promise.all([tcp, tls, derp].map((socket) => once(socket, "close")));
  assert.equal(relay.tally.ends.late, before + 3);
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
