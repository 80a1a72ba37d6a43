import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { sleep } from "@berth/kit";
import { serveControl } from "./control-server.ts";
import { silentLog } from "./log.ts";
import { Relay } from "./relay.ts";
import { RelayClient } from "./relay-client.ts";
import { openRendezvous, Rendezvous, type RendezvousOptions } from "./rendezvous.ts";
import { hashOfTicket } from "./rendezvous-ticket.ts";
import { makeTestCertificate } from "./test-room.ts";

const soon = () => new Date(Date.now() + 60_000);

async function setUp(t: TestContext, limits: RendezvousOptions["limits"] = {}) {
  const { certificate, privateKey } = makeTestCertificate();
  const rendezvous = await Rendezvous.listen({ host: "127.0.0.1", port: 0, certificate, privateKey, limits });
  const ends: End[] = [];
  t.after(async () => {
    for (const { socket } of ends) socket.destroy();
    await rendezvous.close();
  });
  const dial = (ticket?: string) => {
    const end = new End(rendezvous.port);
    ends.push(end);
    if (ticket !== undefined) end.socket.write(`${ticket}\n`);
    return end;
  };
  const expect = (ticket: string, until = soon()) => rendezvous.expect(hashOfTicket(ticket), until);
  return { rendezvous, dial, expect };
}

class End {
  readonly socket: TLSSocket;
  readonly closed: Promise<unknown>;
  heard = "";
  heardBytes = 0;

  constructor(port: number) {
    this.socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    this.socket.on("error", () => {});
    this.socket.on("data", (data: Buffer) => {
      this.heardBytes += data.length;
      if (this.heard.length < 1_000) this.heard += data.toString();
    });
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
  }

  get isJoined(): boolean {
    return this.heard.startsWith("joined\n");
  }

  async until(text: string): Promise<void> {
    await holds(text, () => this.heard.endsWith(text));
  }
}

async function holds(what: string, isTrue: () => boolean): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 10) {
    assert.ok(waited < 10_000, `did not happen: ${what}`);
    await sleep(10);
  }
}

test("two ends with the same ticket are joined, whoever comes first, and what was said early is not lost", async (t) => {
  const { dial, expect } = await setUp(t);
  expect("secret");
  const one = dial("secret\nearly");
  const two = dial("secret");
  await two.until("joined\nearly\n");
  two.socket.write("answer");
  await one.until("joined\nanswer");
});

test("a lot goes through whole, both ways, and a fast end waits for a slow one", async (t) => {
  const { dial, expect, rendezvous } = await setUp(t);
  expect("secret");
  const [one, two] = [dial("secret"), dial("secret")];
  await holds("joined", () => one.isJoined && two.isJoined);
  two.socket.pause();
  const many = Buffer.alloc(48 << 20, "x");
  let isWritten = false;
  one.socket.write(many, () => {
    isWritten = true;
  });
  await sleep(300);
  assert.equal(isWritten, false);
  two.socket.resume();
  await holds("all", () => two.heardBytes === many.length + 7);
  one.socket.end();
  await Promise.all([one.closed, two.closed]);
  await holds("no connection is left", () => rendezvous.connections === 0);
});

test("closing either end closes the other, after what it said before", async (t) => {
  const { dial, expect } = await setUp(t);
  expect("secret");
  const [one, two] = [dial("secret"), dial("secret")];
  await holds("joined", () => one.isJoined && two.isJoined);
  one.socket.end("goodbye");
  await two.closed;
  assert.equal(two.heard, "joined\ngoodbye");
  expect("other");
  const [three, four] = [dial("other"), dial("other")];
  await holds("joined", () => three.isJoined && four.isJoined);
  three.socket.destroy();
  await four.closed;
});

test("a ticket that nobody announced, that was used, or that has expired joins nobody", async (t) => {
  const { dial, expect } = await setUp(t);
  const [one, two] = [dial("unknown"), dial("unknown")];
  await Promise.all([one.closed, two.closed]);
  expect("used");
  const [three, four] = [dial("used"), dial("used")];
  await holds("joined", () => three.isJoined && four.isJoined);
  await dial("used").closed;
  expect("expired", new Date(Date.now() - 1));
  await sleep(20);
  await dial("expired").closed;
  assert.deepEqual([one.heard, two.heard], ["", ""]);
});

test("whoever waits is not kept waiting for ever, and takes the ticket along", async (t) => {
  const { dial, expect } = await setUp(t, { waitMs: 50 });
  expect("secret");
  await dial("secret").closed;
  await dial("secret").closed;
});

test("a ticket that runs out takes along who waits with it", async (t) => {
  const { dial, expect } = await setUp(t);
  expect("secret", new Date(Date.now() + 200));
  await dial("secret").closed;
});

test("who says nothing, or too much, or no TLS, is cut off", async (t) => {
  const { dial, rendezvous } = await setUp(t, { sayMs: 200 });
  const [silent, endless] = [dial(), dial("x".repeat(1_000))];
  const half = dial();
  half.socket.write("half a tick");
  await Promise.all([silent.closed, endless.closed, half.closed]);
  await holds("no connection is left", () => rendezvous.connections === 0);
});

test("one address does not fill it, and so many tickets are expected at most", async (t) => {
  const limits = { gate: { perRoom: 100, perAddress: 3, total: 100 }, expectedMost: 2 };
  const { dial, expect, rendezvous } = await setUp(t, limits);
  const three = [dial(), dial(), dial()];
  await Promise.all(three.map(({ socket }) => once(socket, "secureConnect")));
  await dial().closed;
  assert.equal(rendezvous.connections, 3);
  for (const { socket } of three) socket.destroy();
  await holds("they left", () => rendezvous.connections === 0);
  // Those that are joined do not count.
  expect("a");
  expect("b");
  assert.throws(() => expect("c"), { code: "rendezvous.full" });
  const joined = [dial("a"), dial("a")];
  await holds("joined", () => joined.every(({ isJoined }) => isJoined));
  const more = [dial("b"), dial("b")];
  await holds("joined", () => more.every(({ isJoined }) => isJoined));
});

test("a flow in which nothing moves ends, and so does one that goes on for too long", async (t) => {
  const idle = await setUp(t, { idleMs: 200 });
  idle.expect("secret");
  const [one, two] = [idle.dial("secret"), idle.dial("secret")];
  await Promise.all([one.closed, two.closed]);
  const long = await setUp(t, { longestMs: 300 });
  long.expect("secret");
  const ends = [long.dial("secret"), long.dial("secret")];
  const talk = setInterval(() => ends[0]?.socket.write("x"), 20);
  await Promise.all(ends.map(({ closed }) => closed));
  clearInterval(talk);
  assert.ok(ends.every(({ isJoined }) => isJoined));
});

test("closing it ends everybody and frees its port", async (t) => {
  const { dial, expect, rendezvous } = await setUp(t);
  expect("secret");
  const all = [dial("secret"), dial("secret"), dial()];
  await holds("joined", () => all.slice(0, 2).every(({ isJoined }) => isJoined));
  const { port } = rendezvous;
  await rendezvous.close();
  await Promise.all(all.map(({ closed }) => closed));
  const { certificate, privateKey } = makeTestCertificate();
  const next = await Rendezvous.listen({ host: "127.0.0.1", port, certificate, privateKey });
  await next.close();
});

test("an agent announces tickets through the relay's socket, and learns where its ends are joined", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "rendezvous-"));
  const rendezvous = await openRendezvous({ host: "127.0.0.1", port: 0, log: silentLog });
  const relay = new Relay({ host: "127.0.0.1" });
  const server = await serveControl(join(folder, "with.sock"), relay, silentLog, { rendezvous });
  const without = await serveControl(join(folder, "without.sock"), relay);
  const clients = ["with.sock", "without.sock"].map((name) => new RelayClient({ socketPath: join(folder, name) }));
  t.after(async () => {
    for (const client of clients) client.close();
    await Promise.all([server.close(), without.close(), rendezvous.close(), relay.close()]);
    await rm(folder, { recursive: true });
  });
  const [agent, other] = clients as [RelayClient, RelayClient];
  const { port, pin } = await agent.expect(hashOfTicket("secret"), soon());
  assert.equal(port, rendezvous.port);
  const ends = [new End(port), new End(port)];
  for (const { socket } of ends) socket.write("secret\n");
  await holds("joined", () => ends.every(({ isJoined }) => isJoined));
  const seen = ends[0]?.socket.getPeerX509Certificate()?.fingerprint256.replaceAll(":", "").toLowerCase();
  assert.equal(seen, pin);
  for (const { socket } of ends) socket.destroy();
  await assert.rejects(other.expect(hashOfTicket("secret"), soon()), { code: "rendezvous.off" });
});
