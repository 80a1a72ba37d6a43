import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type KeyPair, newKeyPair } from "@berth/derp";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { type ControlServer, serveControl } from "./control-server.ts";
import { DerpClient } from "./derp-client.ts";
import { Relay } from "./relay.ts";
import { RelayClient } from "./relay-client.ts";
import type { CounterReport, Knock } from "./room.ts";
import { enter, makeTestRoom, type TestRoom } from "./test-room.ts";

const folder = await mkdtemp(join(tmpdir(), "relay-"));
const closers: (() => unknown)[] = [];
after(async () => {
  for (const close of closers.reverse()) await close();
  await rm(folder, { recursive: true });
});
let sockets = 0;

async function setUp(socketPath = join(folder, `${++sockets}.sock`)) {
  const relay = new Relay({ host: "127.0.0.1" });
  const server = await serveControl(socketPath, relay);
  closers.push(
    () => relay.close(),
    () => server.close(),
  );
  return { socketPath, relay, server, client: connectClient(socketPath) };
}

function connectClient(socketPath: string, timeoutMs = 2_000): RelayClient {
  const client = new RelayClient({ socketPath, timeoutMs });
  closers.push(() => client.close());
  return client;
}

/** A packet of that many bytes from the room's first device to nobody. */
async function use(it: TestRoom, bytes: number): Promise<void> {
  const a = await enter(it, 0);
  a.send((it.devices[1] as KeyPair).publicKey, Buffer.alloc(bytes));
  await a.close();
}

const knockAt = (it: TestRoom) =>
  assert.rejects(DerpClient.connect({ host: "127.0.0.1", port: it.room.port, pin: it.pin, keys: newKeyPair() }));

test("rooms are put, listed, counted and removed through the socket", async () => {
  const { client, relay } = await setUp();
  const it = makeTestRoom(nextTestPort(), {
    allowance: { ceilingBytes: 2n ** 60n, until: new Date("2100-01-01T00:00:00Z") },
  });
  await client.put(it.room);
  await client.put(it.room);
  const { instanceId } = it.room;
  const status = { instanceId, generation: 1, phase: "running", isSpent: false, connections: 0 };
  assert.deepEqual(await client.list(), [status]);
  await use(it, 700);
  const entry = { instanceId, generation: 1, deviceId: "d1", bytes: 700n };
  assert.deepEqual(await client.counters(), { run: relay.counters().run, entries: [entry] });
  assert.equal((await client.tally()).drops.unknown_destination, 1);
  assert.match(await client.version(), /^\d+\.\d+\.\d+$/);
  await client.remove(instanceId);
  await client.remove(instanceId);
  assert.deepEqual(await client.list(), []);
  assert.deepEqual((await client.counters()).entries, [entry], "counters outlive their room");
});

test("growth is pushed soon, and only what grew", async () => {
  const { client } = await setUp();
  const [one, two] = [makeTestRoom(nextTestPort()), makeTestRoom(nextTestPort())];
  await client.put(one.room);
  await client.put(two.room);
  let pushed = once(client, "counters") as Promise<[CounterReport]>;
  await use(one, 100);
  const began = performance.now();
  assert.deepEqual(
    (await pushed)[0].entries.map(({ bytes }) => bytes),
    [100n],
  );
  assert.ok(performance.now() - began < 1_000, "a quarter of a second, and patience with a busy machine");
  pushed = once(client, "counters") as Promise<[CounterReport]>;
  await use(two, 5);
  assert.deepEqual((await pushed)[0].entries, [
    { instanceId: two.room.instanceId, generation: 1, deviceId: "d1", bytes: 5n },
  ]);
});

test("knocks wait for an agent, and are told once", async () => {
  const { socketPath, relay } = await setUp();
  const it = makeTestRoom(nextTestPort());
  await relay.put(it.room);
  const first = connectClient(socketPath);
  await once(first, "connected");
  const told = once(first, "knocks") as Promise<[Knock[]]>;
  await knockAt(it);
  const [[knock]] = await told;
  assert.ok(knock?.at instanceof Date && knock.key.startsWith("nodekey:"));
});

test("knocks and growth from before an agent came reach it", async () => {
  const socketPath = join(folder, `${++sockets}.sock`);
  const relay = new Relay({ host: "127.0.0.1" });
  const server = await serveControl(socketPath, relay);
  closers.push(
    () => relay.close(),
    () => server.close(),
  );
  const it = makeTestRoom(nextTestPort());
  await relay.put(it.room);
  await knockAt(it);
  await use(it, 9);
  const client = connectClient(socketPath);
  const [[[knock]], [report]] = await Promise.all([
    once(client, "knocks") as Promise<[Knock[]]>,
    once(client, "counters") as Promise<[CounterReport]>,
  ]);
  assert.equal(knock?.instanceId, it.room.instanceId);
  assert.equal(report.entries[0]?.bytes, 9n);
});

test("the socket is its owner's alone", async () => {
  const { socketPath } = await setUp(join(folder, "made", "by-the-server.sock"));
  assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, "made"))).mode & 0o777, 0o700);
  const open = await mkdtemp(join(folder, "open-"));
  await chmod(open, 0o755);
  const refusal = { name: "Refusal", code: "relay.open_folder" };
  const { relay } = await setUp();
  await assert.rejects(serveControl(join(open, "c.sock"), relay), refusal);
});

test("a socket that is served is not taken; one that a killed process left is", async () => {
  const { socketPath, relay } = await setUp();
  await assert.rejects(serveControl(socketPath, relay), { name: "Refusal", code: "relay.socket_in_use" });
  const stale = join(folder, "stale.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(stale)}, () => console.log("up"))`;
  const killed = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  assert.ok((await stat(stale)).isSocket());
  const { client } = await setUp(stale);
  assert.deepEqual(await client.list(), []);
});

test("a client connects when the relay comes, and again when it comes back", async () => {
  const socketPath = join(folder, `${++sockets}.sock`);
  const client = connectClient(socketPath, 10_000);
  await client.attempted;
  assert.equal(client.isConnected, false);
  const listed = client.list(); // waits for the relay
  let server: ControlServer | undefined;
  for (let round = 0; round < 3; round++) {
    const relay = new Relay({ host: "127.0.0.1" });
    const connected = once(client, "connected");
    server = await serveControl(socketPath, relay);
    await connected;
    assert.deepEqual(await client.list(), []);
    const disconnected = once(client, "disconnected");
    await Promise.all([relay.close(), server.close(), disconnected]);
  }
  assert.deepEqual(await listed, []);
});

test("without a relay a request is refused in time, or when its signal says so", async () => {
  const client = connectClient(join(folder, "nobody.sock"), 50);
  await assert.rejects(client.list(), { name: "Refusal", kind: "unavailable", code: "relay.unreachable" });
  const patient = connectClient(join(folder, "nobody.sock"), 60_000);
  const stopping = new AbortController();
  const asked = patient.list(stopping.signal);
  stopping.abort(new Error("enough"));
  await assert.rejects(asked, /enough/);
  const left = patient.list();
  patient.close();
  await assert.rejects(left, { code: "relay.unreachable" });
});

test("a relay that does not answer is not waited for", async () => {
  const socketPath = join(folder, "silent.sock");
  const held: Socket[] = [];
  const silent = createServer((socket) => held.push(socket)).listen(socketPath);
  await once(silent, "listening");
  const client = connectClient(socketPath, 100);
  await assert.rejects(client.list(), { name: "Refusal", code: "relay.timeout" });
  const asked = client.list();
  for (const socket of held) socket.destroy();
  await assert.rejects(asked, { code: "relay.unreachable" });
  silent.close();
});

test("what a room cannot be is refused by name", async () => {
  const { client } = await setUp();
  const { room } = makeTestRoom(nextTestPort());
  for (const change of [{ port: 0 }, { port: 70_000 }, { generation: -1 }, { instanceId: "" }, { derpKey: "x" }]) {
    await assert.rejects(client.put({ ...room, ...change }), { name: "Refusal", code: "relay.bad_spec" });
  }
  const taken = createServer().listen(room.port, "127.0.0.1");
  await once(taken, "listening");
  await assert.rejects(client.put(room), { name: "Refusal", kind: "conflict", code: "relay.port_in_use" });
  taken.close();
});

test("nonsense and endless lines end their connection, and no other", async () => {
  const { client, socketPath } = await setUp();
  await client.list();
  for (const line of ["{]\n", "x".repeat(9 << 20)]) {
    const socket = connect(socketPath);
    socket.on("error", () => {});
    socket.resume().write(line);
    await new Promise((resolve) => socket.on("close", resolve));
  }
  const odd = connect(socketPath);
  odd.write('null\n{"id":7,"method":"fly"}\n{"id":8,"method":"put","params":{}}\n');
  let answers = "";
  while (answers.split("\n").length < 4) answers += (await once(odd, "data"))[0];
  assert.equal(answers.match(/"relay\.bad_spec"/g)?.length, 3);
  odd.destroy();
  assert.deepEqual(await client.list(), []);
});
