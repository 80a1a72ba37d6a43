import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { StunServer } from "@berth/relay";
import { nextTestPort } from "../../../../tests/support/ports.ts";
import { dial } from "./dial.ts";
import { listenForReach } from "./listen.ts";
import { answerTo, makeAsk } from "./proof.ts";

const address = "127.0.0.1";
const secret = randomBytes(32);

async function listening(t: TestContext, ports: readonly number[], portTo = 65_535, host = address) {
  const listening = await listenForReach({ secret, ports, portTo, host });
  t.after(() => listening.close());
  return listening;
}

test("a port that is open is found open, by TCP and UDP, and only with the secret is it this node", async (t) => {
  const [port = 0] = (await listening(t, [nextTestPort()])).ports;
  const other = randomBytes(32);
  const outcomes = await Promise.all([
    dial({ address, port, protocol: "tcp" }, secret),
    dial({ address, port, protocol: "udp" }, secret),
    dial({ address, port, protocol: "tcp" }, other),
    dial({ address, port, protocol: "udp" }, other),
  ]);
  // Whoever asks without the secret hears nothing, so a datagram tells them nothing at all.
  assert.deepEqual(outcomes, ["open", "open", "wrong_host", "blocked"]);
});

test("a port where nobody listens is blocked, one where another program answers is the wrong host", async (t) => {
  const [closed, busy] = [nextTestPort(), nextTestPort()];
  const server = createServer((socket) => void socket.end("220 mail ready\r\n")).listen(busy, address);
  await once(server, "listening");
  t.after(() => server.close());
  const outcomes = await Promise.all([
    dial({ address, port: closed, protocol: "tcp" }, secret),
    dial({ address, port: closed, protocol: "udp" }, secret),
    dial({ address, port: busy, protocol: "tcp" }, secret),
    dial({ address: "no-such-host.invalid", port: busy, protocol: "tcp" }, secret),
    dial({ address: "no-such-host.invalid", port: busy, protocol: "udp" }, secret),
  ]);
  assert.deepEqual(outcomes, ["blocked", "blocked", "wrong_host", "blocked", "blocked"]);
});

test("where a port is taken the next free one is opened, and none beyond the range", async (t) => {
  const [first, second] = [nextTestPort(), nextTestPort()];
  const server = createServer().listen(first, address);
  await once(server, "listening");
  t.after(() => server.close());
  assert.deepEqual((await listening(t, [first], second)).ports, [second]);
  assert.deepEqual((await listening(t, [first], first)).ports, []);
});

test("nothing answers any more when it was closed, and nothing answers nonsense", async (t) => {
  const opened = await listening(t, [nextTestPort()]);
  const [port = 0] = opened.ports;
  const socket = connect(port, address);
  socket.write("x".repeat(500));
  socket.on("error", () => undefined);
  const heard: unknown[] = [];
  socket.on("data", (data) => heard.push(data));
  await once(socket, "close");
  assert.deepEqual(heard, []);
  opened.close();
  assert.equal(await dial({ address, port, protocol: "tcp" }, secret), "blocked");
});

test("a relay's STUN port answers as well", async (t) => {
  const port = nextTestPort();
  const server = await StunServer.listen(address, port);
  t.after(() => server.close());
  assert.equal(await dial({ address, port, protocol: "stun" }, secret), "open");
});

test("an answer is good for one port, one protocol and one asking", () => {
  const [ask, another] = [makeAsk(secret, "tcp"), makeAsk(secret, "tcp")];
  const answer = answerTo(ask.text, { secret, protocol: "tcp", port: 7 });
  assert.ok(answer && ask.isAnswer(answer, 7) && answer.length < ask.text.length);
  assert.equal(ask.isAnswer(answer, 8), false);
  assert.equal(another.isAnswer(answer, 7), false);
  assert.equal(answerTo(ask.text, { secret, protocol: "udp", port: 7 }), undefined);
  assert.equal(answerTo(ask.text, { secret: randomBytes(32), protocol: "tcp", port: 7 }), undefined);
});
