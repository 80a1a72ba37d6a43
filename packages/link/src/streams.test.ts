import assert from "node:assert/strict";
import { test } from "node:test";
import { untilAborted } from "./streams.ts";

test("a stream passes on what its source gives, and its error", async () => {
  async function* source() {
    yield 1;
    yield 2;
    throw new Error("broken");
  }
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const value of untilAborted(new AbortController().signal, source())) seen.push(value);
  }, /broken/);
  assert.deepEqual(seen, [1, 2]);
});

test("a stream ends when its signal aborts, though its source is stuck", async () => {
  const over = new AbortController();
  async function* source() {
    yield 1;
    await new Promise(() => undefined);
  }
  const stream = untilAborted(over.signal, source());
  assert.deepEqual(await stream.next(), { done: false, value: 1 });
  const next = stream.next();
  over.abort();
  assert.deepEqual(await next, { done: true, value: undefined });
});

test("a stream whose signal has aborted before gives nothing", async () => {
  async function* source() {
    yield 1;
  }
  assert.equal((await untilAborted(AbortSignal.abort(), source()).next()).done, true);
});

test("a reader who leaves early closes the source", async () => {
  let isClosed = false;
  async function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of untilAborted(new AbortController().signal, source())) break;
  assert.ok(isClosed);
});
