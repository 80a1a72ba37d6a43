import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { secondMs } from "@berth/kit";
import { encodeRequest, parseResponse } from "@berth/stun";
import { makeAsk, type Protocol } from "./proof.ts";

export interface Target {
  /** An address or a name. */
  readonly address: string;
  readonly port: number;
  /** `stun`: a relay's own port, which answers everybody. */
  readonly protocol: Protocol | "stun";
}

/** `wrong_host`: somebody is there, and it is not the node that was meant. */
export type Outcome = "open" | "blocked" | "wrong_host";

const timeoutMs = 3 * secondMs;
/** A datagram may get lost without anything being wrong. */
const sendAtMs = [0, 300, 1_000];

/** Tries whether one gets through to a node that listens there with this secret. */
export function dial(target: Target, secret: Uint8Array): Promise<Outcome> {
  if (target.protocol === "tcp") return dialTcp(target, secret);
  if (target.protocol === "stun") return dialStun(target);
  const ask = makeAsk(secret, "udp");
  return exchange(target, Buffer.from(ask.text), (answer) =>
    ask.isAnswer(answer.toString("latin1"), target.port) ? "open" : "wrong_host",
  );
}

function dialTcp({ address, port }: Target, secret: Uint8Array): Promise<Outcome> {
  const ask = makeAsk(secret, "tcp");
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let [heard, without]: [string, Outcome] = ["", "blocked"];
  const socket = connect({ host: address, port });
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.on("connect", () => {
    without = "wrong_host";
    socket.write(ask.text);
  });
  socket.on("data", (data) => {
    heard += data.toString("latin1");
    if (ask.isAnswer(heard, port)) without = "open";
    if (without === "open" || heard.length > ask.text.length) socket.destroy();
  });
  socket.on("error", () => undefined); // a close follows
  socket.on("close", () => {
    clearTimeout(timer);
    resolve(without);
  });
  return promise;
}

function dialStun(target: Target): Promise<Outcome> {
  const transaction = randomBytes(12);
  return exchange(target, encodeRequest(transaction), (answer) =>
    parseResponse(answer, transaction) ? "open" : "wrong_host",
  );
}

/** Sends a datagram some times and judges the first answer. */
function exchange({ address, port }: Target, message: Buffer, judge: (answer: Buffer) => Outcome): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  const timers = sendAtMs.map((ms) => setTimeout(() => socket.send(message, port, address, () => undefined), ms));
  const end = (outcome: Outcome) => {
    for (const timer of timers) clearTimeout(timer);
    socket.removeAllListeners();
    socket.on("error", () => undefined);
    socket.close();
    resolve(outcome);
  };
  timers.push(setTimeout(() => end("blocked"), timeoutMs));
  socket.on("message", (answer) => end(judge(answer)));
  socket.on("error", () => end("blocked"));
  return promise;
}
