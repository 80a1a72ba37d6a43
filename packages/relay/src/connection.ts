import type { Socket } from "node:net";
import {
  encodeFrame,
  encodeHealth,
  encodeServerInfo,
  encodeServerKey,
  FrameDecoder,
  FrameType,
  frameLimits,
  keyBytes,
  maxPacketBytes,
  openClientInfo,
  ProtocolError,
  uniformLimits,
} from "@berth/derp";
import type { Identity } from "./identity.ts";
import type { LiveRoom } from "./live-room.ts";
import type { Farewell, Member, Peer } from "./member.ts";
import { Outbox } from "./outbox.ts";
import type { EndReason } from "./tally.ts";
import type { Share } from "./turns.ts";

const keepAliveSeconds = 60;
const keepAliveJitterSeconds = 5;
const drainSeconds = 15;
const farewellSeconds = 2;

/** Real logins have under 400 bytes; upstream would read 256 KiB from anybody. */
const loginLimits = uniformLimits(16 * 1024);
const steadyLimits = frameLimits({
  [FrameType.SendPacket]: keyBytes + maxPacketBytes,
  [FrameType.NotePreferred]: 1,
  [FrameType.Ping]: 1_000,
});
const pingBytes = 8;
const notHereBurst = 3;
const keepAliveFrame = encodeFrame(FrameType.KeepAlive);

/** How the connection came in: what logging in releases it from. */
export interface Arrival {
  readonly address: string;
  /** Who the room is at the door that was used. */
  readonly identity: Identity;
  /** Gives back the place among those that have not logged in, and stops their deadline. */
  admitted(): void;
}

/*
 *   login ──ClientInfo of a registered device──► open ──end──► ended
 *     │                                           └─dismiss─► leaving ─2 s─► ended
 *     └──anything else──► ended
 */
type State = "login" | "open" | "leaving" | "ended";

/** One client's connection, from the upgrade on. */
export class Connection implements Peer {
  readonly room: LiveRoom;
  readonly outbox: Outbox;
  member: Member | undefined;
  lastReceiver: Peer | undefined;
  readonly heardFrom = new Set<Member>();
  isHome = false;
  dismissedFor: Farewell | undefined;
  readonly #socket: Socket;
  readonly #arrival: Arrival;
  readonly #identity: Identity;
  readonly #decoder: FrameDecoder;
  #state: State = "login";
  readonly #share: Share;
  #stopKeepAlive = () => {};
  #stopDrainWatch = () => {};
  #stopFarewell = () => {};
  #notHereTokens = notHereBurst;
  #notHereAt = 0;

  constructor(room: LiveRoom, socket: Socket, arrival: Arrival) {
    this.room = room;
    this.#socket = socket;
    this.#arrival = arrival;
    this.#identity = arrival.identity;
    this.#share = { socket, turn: 0, bytes: 0 };
    this.#decoder = new FrameDecoder(loginLimits, (type, bytes, start, end) => this.#onFrame(type, bytes, start, end));
    this.outbox = new Outbox(socket, room.shared, {
      blocked: () => {
        this.#stopDrainWatch = room.shared.wheel.start(drainSeconds, () => this.end("not_draining"));
      },
      drained: () => this.#stopDrainWatch(),
    });
    socket.on("data", (chunk: Buffer) => this.read(chunk));
    // A client that says goodbye has nothing to receive: what it sent before was read and counted by now.
    socket.on("end", () => this.end("left"));
    socket.on("close", () => this.#lose());
    socket.on("error", () => this.#lose());
  }

  /** What the server says first; `head` is what the client said before it could know. */
  start(greeting: Buffer, head: Buffer): void {
    this.outbox.control(Buffer.concat([greeting, encodeServerKey(this.#identity.keys.publicKey)]));
    this.room.shared.flusher.flush();
    if (head.length > 0) this.read(Buffer.from(head)); // copied: frames are rewritten in place, and the head is the parser's
  }

  read(chunk: Buffer): void {
    if (this.#state === "ended") return;
    const { room } = this;
    const { forwarder, flusher, log, now, turns } = room.shared;
    turns.spend(this.#share, chunk.length);
    try {
      if (room.meter.isSpent(now().getTime())) room.dismissAll();
      if (this.member) this.member.active = this;
      this.#decoder.push(chunk);
    } catch (error) {
      const isPeersFault = error instanceof ProtocolError;
      if (!isPeersFault) log.error({ instanceId: room.instanceId, err: error }, "connection failed");
      this.end(isPeersFault ? "bad_frame" : "internal");
    }
    forwarder.flush();
    if (room.meter.isSpent(now().getTime())) room.dismissAll();
    flusher.flush();
  }

  /** One notice per second, three at once. */
  mayTellNotHere(): boolean {
    const nowMs = this.room.shared.now().getTime();
    const earned = (nowMs - this.#notHereAt) / 1_000;
    this.#notHereTokens = Math.min(notHereBurst, this.#notHereTokens + Math.max(0, earned));
    this.#notHereAt = nowMs;
    if (this.#notHereTokens < 1) return false;
    this.#notHereTokens--;
    return true;
  }

  /** The connection broke. What had been read by then, and waited for its turn, still counts. */
  #lose(): void {
    for (let chunk = this.#socket.read(); chunk !== null; chunk = this.#socket.read()) this.read(chunk);
    this.end("left");
  }

  /** Tells the client why, if there is a text, and closes. What it still sends is read and dropped. */
  dismiss(reason: Farewell, text?: string): void {
    if (this.#state !== "open") return;
    this.#state = "leaving";
    this.dismissedFor = reason;
    this.#leave();
    this.room.shared.tally.ends[reason]++;
    this.outbox.close();
    this.outbox.uncork();
    if (text) this.#socket.write(encodeHealth(text));
    this.#socket.end();
    this.#stopFarewell = this.room.shared.wheel.start(farewellSeconds, () => this.end(reason));
  }

  /** Closes at once. The first reason counts. */
  end(reason: EndReason): void {
    if (this.#state === "ended") return;
    if (this.#state !== "leaving") this.room.shared.tally.ends[reason]++;
    this.#state = "ended";
    this.#leave();
    this.#stopFarewell();
    this.#decoder.stop();
    this.outbox.close();
    this.#socket.destroy();
  }

  #leave(): void {
    this.#stopKeepAlive();
    this.#stopDrainWatch();
    this.room.leave(this);
  }

  #onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state === "login") this.#login(type, bytes.subarray(start, end));
    else this.#serve(type, bytes, start, end);
  }

  #serve(type: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case FrameType.SendPacket:
        if (end - start < keyBytes) throw new ProtocolError("packet without a destination");
        this.room.shared.forwarder.forward(this, bytes, start, end);
        break;
      case FrameType.Ping:
        if (end - start < pingBytes) throw new ProtocolError("short ping");
        this.outbox.pong(encodeFrame(FrameType.Pong, bytes.subarray(start, start + pingBytes)));
        break;
      case FrameType.NotePreferred:
        if (end - start !== 1) throw new ProtocolError("bad preference");
        this.isHome = bytes[start] === 1;
    }
  }

  #login(type: number, body: Buffer): void {
    if (type !== FrameType.ClientInfo) throw new ProtocolError(`frame of type ${type} before login`);
    const opened = openClientInfo(body, this.#identity.keys.privateKey);
    if (opened === undefined) {
      this.end("bad_login");
    } else if (this.room.isRegistered(opened.key)) {
      this.#admit(opened.key);
    } else {
      this.room.knock(opened.key, this.#arrival.address);
      this.end("unregistered");
    }
  }

  #admit(key: Buffer): void {
    const { room } = this;
    this.#arrival.admitted();
    this.#decoder.limits = steadyLimits;
    this.#state = "open";
    this.outbox.control(encodeServerInfo(this.#identity.keys.privateKey, key));
    room.join(this, key);
    this.#keepAlive(keepAliveSeconds + Math.floor(Math.random() * (keepAliveJitterSeconds + 1)));
    if (room.meter.isSpent(room.shared.now().getTime())) this.dismiss("allowance", room.spentText);
  }

  #keepAlive(seconds: number): void {
    this.#stopKeepAlive = this.room.shared.wheel.start(seconds, () => {
      // A blocked client has bytes to read; one more frame would tell it nothing.
      if (!this.outbox.isBlocked) this.outbox.control(keepAliveFrame);
      this.room.shared.flusher.flush();
      this.#keepAlive(seconds);
    });
  }
}
