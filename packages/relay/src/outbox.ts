import type { Socket } from "node:net";
import { headerBytes } from "@berth/derp";
import type { Tally } from "./tally.ts";

/** As many packets as upstream's derper keeps per connection. */
const queuePackets = 32;
const queueControl = 64;
/** What the socket may hold before it counts as blocked: what it can be given in one turn of the event loop, and some. */
const mostUnsentBytes = 256 * 1024;

/** What must leave soon: outboxes that were written to and still hold their bytes together. */
export class Flusher {
  #waiting: Outbox[] = [];

  add(outbox: Outbox): void {
    this.#waiting.push(outbox);
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outbox of waiting) outbox.uncork();
  }
}

export interface OutboxEvents {
  /** The socket stopped taking bytes, or takes them again. */
  blocked(): void;
  drained(): void;
}

/**
 * What goes to one client. Bytes go straight to the socket while it takes them. When it does not, up to 32 packets wait, the oldest
 * giving way, so that a slow receiver costs neither memory nor anybody else's time.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #flusher: Flusher;
  readonly #tally: Tally;
  readonly #events: OutboxEvents;
  readonly #packets: Buffer[] = [];
  readonly #control: Buffer[] = [];
  #pong: Buffer | undefined;
  #isBlocked = false;
  #isCorked = false;
  #isClosed = false;

  constructor(socket: Socket, shared: { flusher: Flusher; tally: Tally }, events: OutboxEvents) {
    this.#socket = socket;
    this.#flusher = shared.flusher;
    this.#tally = shared.tally;
    this.#events = events;
    socket.on("drain", () => this.#drain());
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Whole RecvPacket frames, one after the other in [from, end). The bytes are the outbox's from now on. */
  packets(bytes: Buffer, from: number, end: number): void {
    if (this.#isBlocked || this.#isClosed) this.#keep(bytes, from, end);
    else this.#write(bytes.subarray(from, end));
  }

  #keep(bytes: Buffer, from: number, end: number): void {
    for (let at = from; at < end; ) {
      const next = at + headerBytes + bytes.readUInt32BE(at + 1);
      if (this.#isClosed) this.#tally.drops.receiver_gone++;
      else this.#queue(bytes.subarray(at, next));
      at = next;
    }
  }

  /** A frame that is not a packet. Those that a client does not take are few, or lost: it missed worse by then. */
  control(frame: Buffer): void {
    if (this.#isClosed) return;
    if (!this.#isBlocked) this.#write(frame);
    else if (this.#control.length < queueControl) this.#control.push(frame);
  }

  /** At most one waits: a client that pings faster than it reads gets fewer answers. */
  pong(frame: Buffer): void {
    if (this.#isClosed) return;
    if (!this.#isBlocked) this.#write(frame);
    else this.#pong ??= frame;
  }

  /** Nothing goes out any more; what waited counts as dropped. */
  close(): void {
    this.#isClosed = true;
    this.#tally.drops.receiver_gone += this.#packets.length;
    this.#packets.length = 0;
    this.#control.length = 0;
    this.#pong = undefined;
  }

  uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  /** A copy: a queued packet must not keep the whole chunk alive that it came in. */
  #queue(packet: Buffer): void {
    if (this.#packets.length >= queuePackets) {
      this.#packets.shift();
      this.#tally.drops.queue_full++;
    }
    this.#packets.push(Buffer.from(packet));
  }

  #write(bytes: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      this.#flusher.add(this);
    }
    const hasRoom = this.#socket.write(bytes) || this.#socket.writableLength < mostUnsentBytes;
    if (hasRoom || this.#isBlocked) return;
    this.#isBlocked = true; // until "drain", which follows a write that answered false
    this.#events.blocked();
  }

  #drain(): void {
    if (!this.#isBlocked || this.#isClosed) return;
    this.#isBlocked = false;
    this.#events.drained();
    const waiting = [...this.#control.splice(0), ...this.#packets.splice(0)];
    if (this.#pong) waiting.push(this.#pong);
    this.#pong = undefined;
    // All of it, even when the socket blocks again on the way: it is bounded, and was let in already.
    for (const frame of waiting) this.#write(frame);
    this.#flusher.flush();
  }
}
