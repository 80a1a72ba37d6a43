import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { openingStream, sealingStream } from "./keys-stream.ts";

const key = randomBytes(32);
const about = Buffer.from("about it");
const chunk = 64 * 1024;
const sealed = chunk + 16;

async function through(bytes: Uint8Array, stream: ReturnType<typeof sealingStream>, cut = 10_000): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, at) =>
    bytes.subarray(at * cut, (at + 1) * cut),
  );
  const out: Buffer[] = [];
  await pipeline(Readable.from(pieces), stream, async (read: AsyncIterable<Buffer>) => {
    for await (const piece of read) out.push(piece);
  });
  return Buffer.concat(out);
}

const seal = (plain: Uint8Array) => through(plain, sealingStream(key, about));
const open = (bytes: Uint8Array, cut?: number) => through(bytes, openingStream(key, about), cut);

test("whatever is sealed opens, at every length around a chunk's and however it is cut", async () => {
  for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 5]) {
    const plain = randomBytes(length);
    const bytes = await seal(plain);
    for (const cut of [7_919, sealed, 1_000_000]) assert.ok((await open(bytes, cut)).equals(plain), `${length} ${cut}`);
  }
});

test("nothing of what is sealed can be read in it", async () => {
  assert.equal((await seal(Buffer.from("planted ".repeat(20_000)))).includes("planted"), false);
});

test("chunks can't be left out, moved, repeated, added or cut off, nor opened for something else", async () => {
  const bytes = await seal(randomBytes(3 * chunk + 5));
  const at = (number: number) => bytes.subarray(number * sealed, (number + 1) * sealed);
  const cases = {
    "the first left out": bytes.subarray(sealed),
    "cut at a chunk's end": bytes.subarray(0, 3 * sealed),
    "cut to nothing": Buffer.alloc(0),
    "two in each other's place": Buffer.concat([at(1), at(0), at(2), at(3)]),
    "one twice": Buffer.concat([at(0), at(0), at(1), at(2), at(3)]),
    "the last twice": Buffer.concat([bytes, at(3)]),
    "a byte more": Buffer.concat([bytes, Buffer.of(1)]),
  };
  for (const [what, other] of Object.entries(cases)) await assert.rejects(open(other), Error, what);
  await assert.rejects(through(bytes, openingStream(key, Buffer.from("about that"))));
  await assert.rejects(through(bytes, openingStream(randomBytes(32), about)));
});
