import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameDecoder, frameLimits, uniformLimits } from "./decoder.ts";
import { encodeFrame, FrameType, maxFrameBytes } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";

type Seen = [type: number, body: string];

/** A decoder that notes what it gives out, as hex. */
function recorder(limits = uniformLimits(1_000)): { decoder: FrameDecoder; seen: Seen[] } {
  const seen: Seen[] = [];
  const decoder = new FrameDecoder(limits, (type, bytes, start, end) => {
    assert.equal(bytes[start - 5], type, "the header lies before the body");
    assert.equal(bytes.readUInt32BE(start - 4), end - start);
    seen.push([type, bytes.toString("hex", start, end)]);
  });
  return { decoder, seen };
}

const stream = Buffer.concat([
  encodeFrame(FrameType.Ping, Buffer.from("0102030405060708", "hex")),
  encodeFrame(FrameType.KeepAlive),
  encodeFrame(0x77, Buffer.alloc(9, 0xee)),
  encodeFrame(FrameType.SendPacket, Buffer.alloc(32, 7), Buffer.from("hello")),
  encodeFrame(FrameType.NotePreferred, Buffer.from([1])),
]);
const known = frameLimits({
  [FrameType.Ping]: 1_000,
  [FrameType.KeepAlive]: 0,
  [FrameType.SendPacket]: 65_568,
  [FrameType.NotePreferred]: 1,
});
const frames: Seen[] = [
  [FrameType.Ping, "0102030405060708"],
  [FrameType.KeepAlive, ""],
  [FrameType.SendPacket, "07".repeat(32) + Buffer.from("hello").toString("hex")],
  [FrameType.NotePreferred, "01"],
];

test("a stream gives the same frames however it is split in three", () => {
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b++) {
      const { decoder, seen } = recorder(known);
      for (const part of [stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)]) {
        decoder.push(Buffer.from(part));
      }
      assert.deepEqual(seen, frames, `split at ${a} and ${b}`);
    }
  }
});

test("a stream that comes byte by byte gives the same frames", () => {
  const { decoder, seen } = recorder(known);
  for (const byte of stream) decoder.push(Buffer.from([byte]));
  assert.deepEqual(seen, frames);
});

test("frames that follow a split one stay in one piece with it", () => {
  const buffers = new Set<Buffer>();
  const decoder = new FrameDecoder(known, (_type, bytes) => buffers.add(bytes));
  const whole = Buffer.concat([stream, stream]);
  decoder.push(Buffer.from(whole.subarray(0, 3)));
  decoder.push(Buffer.from(whole.subarray(3)));
  assert.equal(buffers.size, 1);
});

test("a body over its limit is refused when its header is seen", () => {
  const { decoder, seen } = recorder(uniformLimits(10));
  decoder.push(Buffer.from("060000000a", "hex")); // exactly the limit
  decoder.push(Buffer.alloc(10));
  assert.equal(seen.length, 1);
  assert.throws(() => decoder.push(Buffer.from("060000000b", "hex")), ProtocolError);
});

test("an unknown frame is skipped up to a mebibyte and refused above", () => {
  const { decoder, seen } = recorder(known);
  decoder.push(encodeFrame(0x99, Buffer.alloc(maxFrameBytes)));
  decoder.push(encodeFrame(FrameType.KeepAlive));
  assert.deepEqual(seen, [[FrameType.KeepAlive, ""]]);
  assert.throws(() => decoder.push(Buffer.from("9900100001", "hex")), ProtocolError);
});

test("limits that a frame changes count from the next frame of the same chunk", () => {
  const seen: number[] = [];
  const decoder = new FrameDecoder(uniformLimits(4), (type) => {
    seen.push(type);
    decoder.limits = uniformLimits(8);
  });
  decoder.push(Buffer.concat([encodeFrame(1, Buffer.alloc(4)), encodeFrame(2, Buffer.alloc(8))]));
  assert.deepEqual(seen, [1, 2]);
});

test("a stopped decoder gives out nothing more, not even of the same chunk", () => {
  let seen = 0;
  const decoder = new FrameDecoder(known, () => {
    seen++;
    decoder.stop();
  });
  decoder.push(Buffer.from(stream));
  decoder.push(Buffer.from(stream));
  assert.equal(seen, 1);
});

test("a large frame in small pieces is put together once", () => {
  const { decoder, seen } = recorder(uniformLimits(65_568));
  const body = Buffer.alloc(65_568, 0xab);
  const frame = encodeFrame(FrameType.SendPacket, body);
  for (let at = 0; at < frame.length; at += 7) decoder.push(Buffer.from(frame.subarray(at, at + 7)));
  assert.deepEqual(seen, [[FrameType.SendPacket, body.toString("hex")]]);
});
