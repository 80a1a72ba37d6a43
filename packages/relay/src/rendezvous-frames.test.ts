import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame, type Frame, readFrames } from "./rendezvous-frames.ts";

async function read(...chunks: Buffer[]): Promise<Frame[]> {
  async function* source() {
    yield* chunks;
  }
  const frames: Frame[] = [];
  for await (const frame of readFrames(source())) {
    frames.push(frame.kind === "data" ? { kind: "data", data: Buffer.from(frame.data) } : frame);
  }
  return frames;
}

const frames: Frame[] = [
  { kind: "data", data: Buffer.from("ls\n") },
  { kind: "size", columns: 120, rows: 40 },
  { kind: "data", data: Buffer.alloc(0) },
];
const bytes = Buffer.concat(frames.map(encodeFrame));

test("frames are a kind, a length and what follows", () => {
  assert.equal(bytes.toString("hex"), `00000000036c730a${"01000000040078"}0028${"0000000000"}`);
});

test("they are read however the stream is split", async () => {
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(await read(bytes.subarray(0, at), bytes.subarray(at)), frames);
  }
  assert.deepEqual(await read(...[...bytes].map((byte) => Buffer.from([byte]))), frames);
});

test("one that is too large, of no known kind, or a size of another length ends it", async () => {
  const head = (kind: number, length: number) => {
    const buffer = Buffer.from([kind, 0, 0, 0, 0]);
    buffer.writeUInt32BE(length, 1);
    return buffer;
  };
  await assert.rejects(read(head(0, 64 * 1024 + 1)), /too large/);
  await assert.rejects(read(head(2, 0)), /no frame/);
  await assert.rejects(read(head(1, 3), Buffer.alloc(3)), /no frame/);
  assert.deepEqual(await read(bytes.subarray(0, 6)), []);
});
