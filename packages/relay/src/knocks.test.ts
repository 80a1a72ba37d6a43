import assert from "node:assert/strict";
import { test } from "node:test";
import { Knocks } from "./knocks.ts";

const knock = (n: number, second = 0, instanceId = "i") => ({
  instanceId,
  key: `nodekey:${n}`,
  address: "192.0.2.1",
  at: new Date(second * 1_000),
});

test("a key is reported once in ten seconds", () => {
  let news = 0;
  const knocks = new Knocks(() => news++);
  for (let second = 0; second < 25; second++) {
    knocks.add(knock(1, second));
    knocks.take();
  }
  assert.equal(news, 3);
});

test("of ten thousand keys within ten seconds fifty are reported, and later ones find room again", () => {
  const knocks = new Knocks(() => {});
  for (let n = 0; n < 10_000; n++) knocks.add(knock(n));
  assert.equal(knocks.take().length, 50);
  knocks.add(knock(10_001, 10));
  assert.equal(knocks.take().length, 1);
});

test("while nobody takes them a thousand are kept, the newest", () => {
  const knocks = new Knocks(() => {});
  for (let room = 0; room < 100; room++) for (let n = 0; n < 50; n++) knocks.add(knock(n, 0, `i${room}`));
  const taken = knocks.take();
  assert.equal(taken.length, 1_000);
  assert.equal(taken.at(-1)?.instanceId, "i99");
  assert.deepEqual(knocks.take(), []);
});

test("a key that knocks again while its knock waits is one knock, with the later time", () => {
  const knocks = new Knocks(() => {});
  knocks.add(knock(1, 0));
  knocks.add(knock(1, 10));
  assert.deepEqual(
    knocks.take().map(({ at }) => at.getTime()),
    [10_000],
  );
});
