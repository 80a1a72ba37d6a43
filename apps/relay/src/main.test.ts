import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type CounterReport, RelayClient } from "@berth/relay";
import { enter, makeTestRoom } from "@berth/relay/test-room";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { readConfig } from "./config.ts";
import { makeLog } from "./log.ts";

const folder = await mkdtemp(join(tmpdir(), "relay-app-"));
after(() => rm(folder, { recursive: true }));
const main = new URL("main.ts", import.meta.url).pathname;
const socketPath = join(folder, "control.sock");
const env = {
  ...process.env,
  BERTH_RELAY_SOCKET: socketPath,
  BERTH_RELAY_HOST: "127.0.0.1",
  BERTH_STUN_PORT: String(nextTestPort()),
};

async function isReady(relay: ChildProcess): Promise<void> {
  let printed = "";
  while (!printed.includes("relay ready")) printed += (await once(relay.stdout as NodeJS.ReadableStream, "data"))[0];
}

test("a relay that is told to stop hands over its last counters and ends with 0", async () => {
  const relay = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  await isReady(relay);
  const client = new RelayClient({ socketPath });
  const it = makeTestRoom(nextTestPort());
  await client.put(it.room);
  const a = await enter(it, 0);
  let heard = 0n;
  client.on("counters", ({ entries }: CounterReport) => {
    for (const { bytes } of entries) heard = bytes;
  });
  const disconnected = once(client, "disconnected");
  for (let i = 0; i < 100; i++) a.send(it.devices[1]!.publicKey, Buffer.alloc(1_000));
  await a.ping();
  relay.kill("SIGTERM");
  const [code] = await once(relay, "exit");
  await disconnected;
  assert.equal(code, 0);
  assert.equal(heard, 100_000n);
  client.close();
});

test("a relay that its agent asks to restart answers, hands over what was counted, and ends", async () => {
  const relay = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  await isReady(relay);
  const client = new RelayClient({ socketPath });
  const it = makeTestRoom(nextTestPort());
  await client.put(it.room);
  const a = await enter(it, 0);
  let heard = 0n;
  client.on("counters", ({ entries }: CounterReport) => {
    for (const { bytes } of entries) heard = bytes;
  });
  a.send(it.devices[1]!.publicKey, Buffer.alloc(1_000));
  await a.ping();
  const left = once(a, "close");
  const exited = once(relay, "exit");
  await client.restart();
  await left;
  assert.deepEqual((await exited)[0], 0);
  assert.equal(heard, 1_000n);
  client.close();
});

test("a relay whose rendezvous port is taken serves all the same", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const settings = { ...env, BERTH_RENDEZVOUS_PORT: String(port) };
  const relay = spawn(process.execPath, [main], { env: settings, stdio: ["ignore", "pipe", "inherit"] });
  await isReady(relay);
  const client = new RelayClient({ socketPath });
  assert.deepEqual(await client.list(), []);
  await assert.rejects(client.expect("0".repeat(64), new Date()), { code: "rendezvous.off" });
  client.close();
  taken.close();
  relay.kill("SIGTERM");
  await once(relay, "exit");
});

test("a relay ends with the parent that forked it", async () => {
  const relay = fork(main, { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  await isReady(relay);
  relay.disconnect();
  const [code] = await once(relay, "exit");
  assert.equal(code, 0);
});

test("a relay that cannot start says why and ends with 1", async () => {
  const first = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  await isReady(first);
  const second = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  second.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const [code] = await once(second, "close");
  assert.equal(code, 1);
  assert.match(printed, /relay\.stun_port_in_use/);
  first.kill();
  await once(first, "exit");
});

test("bad settings are all named at once", () => {
  assert.throws(
    () => readConfig({ BERTH_STUN_PORT: "x", LOG_LEVEL: "loud" }),
    ({ message }: Error) =>
      ["BERTH_RELAY_SOCKET", "BERTH_STUN_PORT", "LOG_LEVEL"].every((name) => message.includes(name)),
  );
  assert.deepEqual(readConfig({ BERTH_RELAY_SOCKET: "/s" }), {
    socketPath: "/s",
    host: "0.0.0.0",
    stunPort: 3478,
    rendezvousPort: 0,
    logLevel: "info",
  });
});

test("log lines are JSON, from the level that was asked for, with errors in full", () => {
  const lines: string[] = [];
  const log = makeLog("warn", (line) => lines.push(line));
  log.info({}, "unheard");
  log.error({ err: new Error("broken") }, "heard");
  assert.equal(lines.length, 1);
  const { level, msg, err } = JSON.parse(lines[0] as string);
  assert.deepEqual([level, msg, err.message], [50, "heard", "broken"]);
});
