import assert from "node:assert/strict";
import { test } from "node:test";
import { startLoop } from "./loop.ts";

/** A loop whose rounds wait to be ended by the test. */
function makeLoop(everyMs = 60_000, soonerMs: () => number | undefined = () => undefined) {
  const begun: PromiseWithResolvers<void>[] = [];
  let wake: () => void = () => undefined;
  const errors: unknown[] = [];
  const loop = startLoop({
    everyMs,
    soonerMs,
    onError: (error) => errors.push(error),
    round() {
      begun.push(Promise.withResolvers());
      wake();
      return begun.at(-1)!.promise;
    },
  });
  const rounds = async (n: number) => {
    while (begun.length < n) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { loop, begun, rounds, errors };
}

test("there is a round at once, and requests that come during it are one more round", async () => {
  const { loop, begun, rounds } = makeLoop();
  await rounds(1);
  for (let n = 0; n < 10; n++) loop.request();
  assert.equal(begun.length, 1); // one at a time
  begun[0]!.resolve();
  await rounds(2);
  begun[1]!.resolve();
  await loop.close();
  assert.equal(begun.length, 2);
});

test("without requests there is a round as often as was asked, or sooner when there is a reason", async () => {
  const { loop, begun, rounds } = makeLoop(60_000, () => 1);
  for (let n = 1; n <= 3; n++) {
    await rounds(n);
    begun[n - 1]!.resolve();
  }
  await loop.close();
});

test("a round that fails is reported and repeated", async () => {
  const { loop, begun, rounds, errors } = makeLoop();
  await rounds(1);
  begun[0]!.reject(new Error("no"));
  await rounds(2);
  assert.equal(String(errors[0]), "Error: no");
  begun[1]!.resolve();
  await loop.close();
});

test("closing waits for the round under way, and there is none after it", async () => {
  const { loop, begun, rounds } = makeLoop();
  await rounds(1);
  loop.request();
  let isClosed = false;
  const closed = loop.close().then(() => {
    isClosed = true;
  });
  await new Promise(setImmediate);
  assert.equal(isClosed, false);
  begun[0]!.resolve();
  await closed;
  loop.request();
  assert.equal(begun.length, 1);
});
