import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { encodeFrame, FrameType } from "@berth/derp";
import { Flusher, Outbox } from "./outbox.ts";
import { Tally } from "./tally.ts";

/** A socket that takes bytes only when told to. */
class Stuck extends Duplex {
  readonly written: Buffer[] = [];
  #taken: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    this.#taken = done;
  }

  override _read(): void {}

  async drain(): Promise<void> {
    while (this.#taken) {
      const taken = this.#taken;
      this.#taken = undefined;
      taken();
      await new Promise(setImmediate);
    }
  }

  /** The first byte after the key of every packet that was written. */
  get packets(): number[] {
    const bytes = Buffer.concat(this.written);
    const seen: number[] = [];
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
      if (bytes[at] === FrameType.RecvPacket) seen.push(bytes[at + 5 + 32] as number);
    }
    return seen;
  }
}

function setUp() {
  const socket = new Stuck({ highWaterMark: 64 * 1024 });
  const flusher = new Flusher();
  const tally = new Tally();
  const events: string[] = [];
  const outbox = new Outbox(
    socket as unknown as Socket,
    { flusher, tally },
    {
      blocked: () => events.push("blocked"),
      drained: () => events.push("drained"),
    },
  );
  return { socket, flusher, tally, events, outbox };
}

const packet = (n: number, size = 100) => encodeFrame(FrameType.RecvPacket, Buffer.alloc(32), Buffer.alloc(size, n));

/** Fills the socket with one packet number 0 until it is blocked. */
function block({ outbox, flusher }: ReturnType<typeof setUp>): void {
  while (!outbox.isBlocked) {
    const frame = packet(0, 60_000);
    outbox.packets(frame, 0, frame.length);
    flusher.flush();
  }
}

test("packets of one turn leave in one write", () => {
  const { socket, outbox, flusher } = setUp();
  const frames = Buffer.concat([packet(1), packet(2)]);
  outbox.packets(frames, 0, frames.length);
  assert.equal(socket.written.length, 0);
  flusher.flush();
  assert.deepEqual(socket.packets, [1, 2]);
  assert.equal(socket.written.length, 1);
});

test("of what a blocked client gets the newest 32 packets stay, and the rest counts as dropped", async () => {
  const it = setUp();
  block(it);
  const run = Buffer.concat(Array.from({ length: 100 }, (_, i) => packet(i + 1)));
  it.outbox.packets(run, 0, run.length);
  run.fill(0xff); // what waits is a copy
  assert.equal(it.tally.drops.queue_full, 68);
  await it.socket.drain();
  await it.socket.drain();
  assert.deepEqual(
    it.socket.packets.filter((n) => n > 0),
    Array.from({ length: 32 }, (_, i) => i + 69),
  );
  assert.deepEqual(it.events, ["blocked", "drained"]);
});

test("a blocked client keeps one pong and sixty-four other frames", async () => {
  const it = setUp();
  block(it);
  for (let i = 0; i < 100; i++) {
    it.outbox.pong(encodeFrame(FrameType.Pong, Buffer.alloc(8, i)));
    it.outbox.control(encodeFrame(FrameType.PeerGone, Buffer.alloc(33, i)));
  }
  const before = Buffer.concat(it.socket.written).length;
  await it.socket.drain();
  await it.socket.drain();
  const after = Buffer.concat(it.socket.written);
  const filled = 60_037 * Math.floor(after.length / 60_037);
  assert.equal(before > 0 && after.length - filled, 64 * 38 + 13);
});

test("what waits when a client goes, or comes after, counts as dropped", () => {
  const it = setUp();
  block(it);
  const frame = packet(1);
  it.outbox.packets(frame, 0, frame.length);
  it.outbox.close();
  it.outbox.packets(frame, 0, frame.length);
  it.outbox.control(frame);
  assert.equal(it.tally.drops.receiver_gone, 2);
});
