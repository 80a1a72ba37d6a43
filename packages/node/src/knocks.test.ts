import assert from "node:assert/strict";
import { test } from "node:test";
import type { Knock } from "@berth/offering";
import { Knocks } from "./knocks.ts";

const knock = (n: number, at = 0): Knock => ({ instanceId: "a", key: `k${n}`, address: "192.0.2.1", at: new Date(at) });

function drain(knocks: Knocks): { key: string; atMs: bigint }[][] {
  const messages = [];
  for (let message = knocks.next(); message; message = knocks.next()) {
    messages.push((message.message!.value as { knocks: { key: string; atMs: bigint }[] }).knocks);
  }
  return messages;
}

test("a thousand knocks wait at most, the newest", () => {
  const knocks = new Knocks();
  knocks.add(Array.from({ length: 1_500 }, (_, n) => knock(n)));
  const keys = drain(knocks)
    .flat()
    .map(({ key }) => key);
  assert.equal(keys.length, 1_000);
  assert.equal(keys[0], "k500");
  assert.equal(knocks.size, 0);
});

test("a key that knocks again is told once, with its latest time", () => {
  const knocks = new Knocks();
  for (let at = 0; at < 100; at++) knocks.add([knock(1, at), knock(2, at)]);
  assert.deepEqual(
    drain(knocks)
      .flat()
      .map(({ key, atMs }) => [key, atMs]),
    [
      ["k1", 99n],
      ["k2", 99n],
    ],
  );
});

test("a message holds a few, so that a flood stays a trickle", () => {
  const knocks = new Knocks();
  knocks.add(Array.from({ length: 120 }, (_, n) => knock(n)));
  assert.deepEqual(
    drain(knocks).map(({ length }) => length),
    [50, 50, 20],
  );
});
