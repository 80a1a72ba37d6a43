import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, afterEach, test } from "node:test";
import { Refusal, sleep } from "@berth/kit";
import { nextTestPort } from "../../../tests/support/ports.ts";
import { issue, issueServer, makeAuthority } from "./authority.ts";
import { enrol, type NodeIdentity, openSync } from "./client.ts";
import { mostUnknown } from "./doorway.ts";
import { type Asked, type LinkGate, openGate } from "./gate.ts";
import { formatJoinToken } from "./join-token.ts";
import { authorityFingerprint, makeKeyPair } from "./keys.ts";
import type { AgentMessageInit } from "./messages.ts";
import { paced } from "./pace.ts";
import { makeRequest } from "./request.ts";
import { serveLink } from "./server.ts";

const port = nextTestPort();
const url = `https://127.0.0.1:${port}`;
const now = new Date();
const authority = await makeAuthority({ now });
/** What stands before the link, as each test wants it. */
let gate: LinkGate = openGate;

const server = await serveLink({
  port,
  host: "127.0.0.1",
  ...(await credentials()),
  authorities: authority.certificate,
  gate: {
    enter: (address) => gate.enter(address),
    ask: (call) => gate.ask(call),
    refused: (call, refusal, about) => gate.refused(call, refusal, about),
  },
  handlers: {
    async enrol({ request }) {
      const { certificate } = await issue(authority, request, { nodeId: "node_1", now });
      return { nodeId: "node_1", certificate, authorities: authority.certificate };
    },
    renew: () => Promise.reject(new Refusal("forbidden", "test.not_here", "not here")),
    async *sync(messages) {
      yield { message: { case: "welcome", value: { nowMs: 1n, heartbeatSeconds: 5 } } };
      for await (const _ of messages);
    },
  },
});
const sockets: Socket[] = [];
after(() => server.close());
afterEach(() => {
  gate = openGate;
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function credentials() {
  const { certificate, privateKey } = await issueServer(authority, { names: ["127.0.0.1"], now });
  return { certificate, key: privateKey };
}

async function join(): Promise<NodeIdentity> {
  const token = formatJoinToken({ secret: "0".repeat(32), authority: authorityFingerprint(authority.certificate) });
  return enrol({ url, token, name: "node", privateKey: await makeKeyPair() });
}

/** A connection that says nothing; `isCut` when the other end has ended it. */
async function dial(localAddress: string) {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  sockets.push(socket);
  const state = { isCut: false };
  socket
    .on("error", () => {})
    .on("close", () => {
      state.isCut = true;
    });
  await once(socket, "connect");
  return { state, leave: () => socket.destroy() };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await holds()); waitedMs += 20) {
    assert.ok(waitedMs < 10_000, "it never came to that");
    await sleep(20);
  }
}

async function* nothing(): AsyncGenerator<AgentMessageInit> {
  yield { message: { case: "readings", value: { sequence: 1n, readings: [] } } };
  await new Promise(() => undefined);
}

test("who is turned away does not even shake hands, and others do", async () => {
  gate = { ...openGate, enter: async (address) => (address === "127.0.0.2" ? undefined : {}) };
  const { state } = await dial("127.0.0.2");
  await until(() => state.isCut);
  assert.equal((await join()).nodeId, "node_1");
});

test("one place holds so many silent connections and keeps nobody else out; who leaves makes room", async () => {
  gate = { ...openGate, enter: async (address) => ({ place: address }) };
  const silent = await Promise.all(Array.from({ length: mostUnknown.ofPlace }, () => dial("127.0.0.2")));
  const more = await dial("127.0.0.2");
  await until(() => more.state.isCut);
  assert.equal(silent.filter(({ state }) => state.isCut).length, 0);
  assert.equal((await join()).nodeId, "node_1", "another place comes in");
  silent[0]?.leave();
  await until(async () => {
    const again = await dial("127.0.0.2");
    await sleep(50);
    return !again.state.isCut;
  });
  // The control: where no place is counted, as many more stay.
  gate = { ...openGate, enter: async () => ({}) };
  const uncounted = await Promise.all(Array.from({ length: mostUnknown.ofPlace + 20 }, () => dial("127.0.0.2")));
  assert.equal((await join()).nodeId, "node_1");
  assert.equal(uncounted.filter(({ state }) => state.isCut).length, 0);
});

test("nodes that have shown their certificate do not count as strangers", async () => {
  gate = { ...openGate, enter: async (address) => ({ place: address }) };
  const stream = openSync({ url, identity: await join(), messages: nothing() });
  await stream.next();
  const silent = await Promise.all(Array.from({ length: mostUnknown.ofPlace }, () => dial("127.0.0.1")));
  await sleep(0);
  assert.equal(silent.filter(({ state }) => state.isCut).length, 0);
  await stream.return(undefined);
});

test("where only nodes are served, nobody without a certificate of this installation has a call", async () => {
  const identity = await join();
  const asked: Asked[] = [];
  gate = {
    ...openGate,
    enter: async () => ({ place: "one", isNodesOnly: true }),
    ask: async (call) => void asked.push(call),
  };
  await assert.rejects(join());
  const other = await makeAuthority({ now });
  const { certificate } = await issue(other, await makeRequest(identity.privateKey), { nodeId: "node_1", now });
  await assert.rejects(openSync({ url, identity: { ...identity, certificate }, messages: nothing() }).next());
  assert.deepEqual(asked, []);
  const stream = openSync({ url, identity, messages: nothing() });
  assert.equal((await stream.next()).value?.message.case, "welcome");
  await stream.return(undefined);
  assert.deepEqual(
    asked.map(({ method, nodeId }) => [method, nodeId]),
    [
      ["Sync", undefined],
      ["Sync", "node_1"],
    ],
  );
});

test("the gate hears of each wrong certificate, and which it was", async () => {
  const identity = await join();
  const heard: [string, string][] = [];
  gate = { ...openGate, refused: (_call, { code }, about) => void heard.push([code, about]) };
  const other = await makeAuthority({ now });
  for (let index = 0; index < 2; index++) {
    const { certificate } = await issue(other, await makeRequest(identity.privateKey), { nodeId: "node_1", now });
    await assert.rejects(openSync({ url, identity: { ...identity, certificate }, messages: nothing() }).next());
  }
  assert.deepEqual(
    heard.map(([code]) => code),
    ["link.untrusted_certificate", "link.untrusted_certificate"],
  );
  assert.notEqual(heard[0]?.[1], heard[1]?.[1]);
});

test("a node has so many streams open and no more; one that ends makes room", async () => {
  const identity = await join();
  const begin = async () => {
    const stream = openSync({ url, identity, messages: nothing() });
    await stream.next();
    return stream;
  };
  const [first, second] = [await begin(), await begin()];
  await assert.rejects(begin(), { code: "link.too_many_streams" });
  await first.return(undefined);
  await until(() =>
    begin().then(
      async (third) => {
        await third.return(undefined);
        return true;
      },
      () => false,
    ),
  );
  await second.return(undefined);
});

test("who says more than their pace waits, and loses nothing", async () => {
  let clock = 0;
  let waitedMs = 0;
  const time = {
    now: () => clock,
    wait: async (ms: number) => {
      clock += ms;
      waitedMs += ms;
    },
  };
  async function* numbers() {
    for (let number = 0; number < 1_000; number++) {
      if (number === 500) clock += 60_000;
      yield number;
    }
  }
  const heard: number[] = [];
  for await (const number of paced(numbers(), { burst: 100, perSecond: 10 }, time)) heard.push(number);
  assert.deepEqual(heard, [...heard.keys()]);
  // Of each half a hundred at once, and ten a second of the rest.
  assert.equal(waitedMs, 80_000);
});
