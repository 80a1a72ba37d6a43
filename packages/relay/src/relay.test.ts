import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { encodeFrame, encodeServerKey, FrameType, formatNodeKey, type KeyPair, newKeyPair } from "@berth/derp";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { DerpClient } from "./derp-client.ts";
import { Relay } from "./relay.ts";
import { enter, makeTestRoom, receive, type TestRoom } from "./test-room.ts";

const relay = new Relay({ host: "127.0.0.1" });
after(() => relay.close());

async function open(deviceCount = 2): Promise<TestRoom> {
  const it = makeTestRoom(nextTestPort(), {}, deviceCount);
  await relay.put(it.room);
  return it;
}

const keyOf = ({ devices }: TestRoom, n: number) => (devices[n] as KeyPair).publicKey;
const disco = Buffer.concat([Buffer.from("5453f09f92ac", "hex"), Buffer.alloc(56)]);

for (const fastStart of [true, false]) {
  test(`two devices reach each other ${fastStart ? "after a fast start" : "after a plain upgrade"}`, async () => {
    const it = await open();
    const [a, b] = [await enter(it, 0, { fastStart }), await enter(it, 1, { fastStart })];
    const got = receive(b, 3);
    for (const text of ["one", "", "three"]) a.send(keyOf(it, 1), Buffer.from(text));
    assert.deepEqual(await got, ["one", "", "three"]);
    const [packet, source] = await sendBack(b, a, keyOf(it, 0));
    assert.equal(packet.toString(), "back");
    assert.deepEqual(source, keyOf(it, 1), "the source is the key that logged in");
    await Promise.all([a.close(), b.close()]);
  });
}

function sendBack(from: DerpClient, to: DerpClient, key: Buffer): Promise<[Buffer, Buffer]> {
  const got = once(to, "packet") as Promise<[Buffer, Buffer]>;
  from.send(key, Buffer.from("back"));
  return got;
}

test("a packet arrives whole from empty to the largest, and one over it ends the connection", async () => {
  const it = await open();
  const [a, b] = [await enter(it, 0), await enter(it, 1)];
  for (const size of [1, 1_200, 16_384, 65_536]) {
    const sent = Buffer.alloc(size, size % 251);
    const got = once(b, "packet");
    a.send(keyOf(it, 1), sent);
    assert.deepEqual((await got)[0], sent);
  }
  const closed = once(a, "close");
  a.send(keyOf(it, 1), Buffer.alloc(65_537));
  await closed;
  b.destroy();
});

test("nothing crosses from one room to another, even between keys that are in both", async () => {
  const one = await open();
  const two = makeTestRoom(nextTestPort(), { devices: one.room.devices });
  await relay.put(two.room);
  const before = relay.tally.drops.unknown_destination;
  const a = await enter(one, 0);
  const b = await enter({ ...two, devices: one.devices }, 1);
  b.on("packet", () => assert.fail("a packet crossed"));
  a.send(keyOf(one, 1), disco);
  const [gone, reason] = await once(a, "peerGone");
  assert.deepEqual([gone, reason], [keyOf(one, 1), 1]);
  await b.ping();
  assert.equal(relay.tally.drops.unknown_destination, before + 1);
  a.destroy();
  b.destroy();
});

test("a sender hears of absent peers for path discovery only, three times at once", async () => {
  const it = await open();
  const a = await enter(it, 0);
  let heard = 0;
  a.on("peerGone", () => heard++);
  a.send(keyOf(it, 1), Buffer.alloc(100));
  for (let i = 0; i < 10; i++) a.send(keyOf(it, 1), disco);
  await a.ping();
  assert.equal(heard, 3);
  a.destroy();
});

test("those who got packets from a key hear once that it has left, others do not", async () => {
  const it = await open(3);
  const [a, b, c] = [await enter(it, 0), await enter(it, 1), await enter(it, 2)];
  const got = receive(b, 2);
  a.send(keyOf(it, 1), Buffer.from("1"));
  a.send(keyOf(it, 1), Buffer.from("2"));
  await got;
  let heard = 0;
  b.on("peerGone", () => heard++);
  c.on("peerGone", () => assert.fail("c got no packet from a"));
  const gone = once(b, "peerGone");
  await a.close();
  assert.deepEqual(await gone, [keyOf(it, 0), 0]);
  await Promise.all([b.ping(), c.ping()]);
  assert.equal(heard, 1);
  b.destroy();
  c.destroy();
});

test("of two connections of one key the newest gets the packets, until the other is heard of", async () => {
  const it = await open();
  const [a, older] = [await enter(it, 0), await enter(it, 1)];
  const newer = await enter(it, 1);
  const send = (text: string) => a.send(keyOf(it, 1), Buffer.from(text));
  let got = receive(newer, 1);
  send("to the newer");
  assert.deepEqual(await got, ["to the newer"]);
  await older.ping();
  got = receive(older, 1);
  send("to the older");
  assert.deepEqual(await got, ["to the older"]);
  a.on("peerGone", () => assert.fail("the key is still there"));
  older.destroy();
  await once(older, "close");
  await relayNotices(it, 2);
  got = receive(newer, 1);
  send("to the one that is left");
  assert.deepEqual(await got, ["to the one that is left"]);
  a.destroy();
  newer.destroy();
});

/** Resolves when the relay has seen that so many connections are left. */
async function relayNotices({ room }: TestRoom, connections: number): Promise<void> {
  while (relay.list().find(({ instanceId }) => instanceId === room.instanceId)?.connections !== connections) {
    await new Promise(setImmediate);
  }
}

test("unknown frames and preferences are passed over, and pings answered in between", async () => {
  const it = await open();
  const a = await enter(it, 0);
  a.sendFrame(0x7f, Buffer.alloc(100_000));
  a.sendFrame(FrameType.NotePreferred, Buffer.from([1]));
  a.sendFrame(FrameType.Ping, Buffer.alloc(1_000, 5)); // only the first eight bytes come back
  a.sendFrame(0x10);
  assert.ok((await a.ping()) >= 0);
  a.destroy();
});

test("a frame that breaks the protocol ends its connection and no other", async () => {
  const it = await open();
  const b = await enter(it, 1);
  const bad = [
    encodeFrame(FrameType.SendPacket, Buffer.alloc(31)),
    encodeFrame(FrameType.Ping, Buffer.alloc(7)),
    encodeFrame(FrameType.Ping, Buffer.alloc(1_001)),
    encodeFrame(FrameType.NotePreferred),
    encodeFrame(FrameType.NotePreferred, Buffer.alloc(2)),
    Buffer.from("7f00100001", "hex"), // an unknown frame over a mebibyte
  ];
  const before = relay.tally.ends.bad_frame;
  for (const frame of bad) {
    const a = await enter(it, 0);
    const closed = once(a, "close");
    a.sendRaw(frame);
    await closed;
  }
  assert.equal(relay.tally.ends.bad_frame, before + bad.length);
  await b.ping();
  b.destroy();
});

test("an unregistered key is refused and reported, with its address", async () => {
  const it = await open();
  const keys = newKeyPair();
  relay.takeKnocks();
  await assert.rejects(
    DerpClient.connect({ host: "127.0.0.1", port: it.room.port, pin: it.pin, keys }),
    /before login/,
  );
  const [knock, ...others] = relay.takeKnocks();
  assert.equal(knock?.key, formatNodeKey(keys.publicKey));
  assert.equal(knock?.address, "127.0.0.1");
  assert.equal(knock?.instanceId, it.room.instanceId);
  assert.deepEqual(others, []);
});

test("a key that is only claimed is refused and not reported", async () => {
  const it = await open();
  const before = relay.tally.ends.bad_login;
  const liar = { publicKey: newKeyPair().publicKey, privateKey: newKeyPair().privateKey };
  const target = { host: "127.0.0.1", port: it.room.port, pin: it.pin, keys: liar };
  await assert.rejects(DerpClient.connect(target), /before login/);
  assert.deepEqual(relay.takeKnocks(), []);
  assert.equal(relay.tally.ends.bad_login, before + 1);
});

test("the first frame must be a login, and not a large one", async () => {
  const it = await open();
  for (const frame of [encodeFrame(FrameType.Ping, Buffer.alloc(8)), Buffer.from("0200004001", "hex")]) {
    const socket = connectTls({ host: "127.0.0.1", port: it.room.port, rejectUnauthorized: false });
    socket.on("error", () => {});
    socket.write("GET /derp HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: derp\r\nDerp-Fast-Start: 1\r\n\r\n");
    const [first] = await once(socket, "data");
    assert.deepEqual(first.subarray(0, 13), encodeServerKey(Buffer.alloc(32)).subarray(0, 13), "no HTTP comes before");
    socket.write(frame);
    await once(socket, "close");
  }
});

test("a client with the wrong pin does not log in", async () => {
  const it = await open();
  await assert.rejects(enter({ ...it, pin: "00".repeat(32) }, 0), /is not the pinned one/);
});

test("what clients probe with is answered, and all else refused", async () => {
  const { room } = await open();
  const rows = [
    ["GET", "/derp/probe", {}, 200],
    ["HEAD", "/derp/latency-check", {}, 200],
    ["POST", "/derp/probe", {}, 405],
    ["GET", "/generate_204", { "x-tailscale-challenge": "ts_h" }, 204],
    ["GET", "/derp", {}, 426],
    ["GET", "/derp", { connection: "upgrade", upgrade: "websocket", "sec-websocket-protocol": "derp" }, 426],
    ["GET", "/", {}, 404],
    ["GET", "/elsewhere", { connection: "upgrade", upgrade: "derp" }, 426],
  ] as const;
  for (const [method, path, headers, status] of rows) {
    const options = { host: "127.0.0.1", port: room.port, method, path, headers, rejectUnauthorized: false };
    const asked = request(options).end();
    const [response] = await once(asked, "response");
    assert.equal(response.statusCode, status, `${method} ${path}`);
    response.resume();
    if (path === "/generate_204") assert.equal(response.headers["x-tailscale-response"], "response ts_h");
    if (status === 200) assert.equal(response.headers["access-control-allow-origin"], "*");
  }
});

test("neither plain text nor HTTP/2 gets anywhere", async () => {
  const { room } = await open();
  const plain = connectTcp(room.port, "127.0.0.1");
  plain.on("error", () => {});
  plain.write("GET /derp HTTP/1.1\r\n\r\n");
  plain.resume();
  await once(plain, "close");
  const h2 = connectTls({ host: "127.0.0.1", port: room.port, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  const [error] = await once(h2, "error");
  assert.match(String(error), /no application protocol|NO_APPLICATION_PROTOCOL/i);
});
