import assert from "node:assert/strict";
import { test } from "node:test";
import { limitTo, withTimeout } from "./limits.ts";

test("no more than so many pieces of work run at a time, and all of them run", async () => {
  const limit = limitTo(3);
  let running = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      limit(async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        if (n % 5 === 0) throw new Error("failed");
      }),
    ),
  );
  assert.equal(most, 3);
  assert.equal(outcomes.filter(({ status }) => status === "rejected").length, 4);
});

test("work that takes too long is told so and left behind", async () => {
  let signal: AbortSignal | undefined;
  const work = withTimeout(5, new AbortController().signal, async (given) => {
    signal = given;
    await new Promise(() => undefined);
  });
  await assert.rejects(work, /longer than 5 ms/);
  assert.ok(signal?.aborted);
});

test("work ends with its stop signal, and does not begin after it", async () => {
  const stop = new AbortController();
  const work = withTimeout(60_000, stop.signal, () => new Promise(() => undefined));
  stop.abort(new Error("stopping"));
  await assert.rejects(work, /stopping/);
  await assert.rejects(
    withTimeout(1, stop.signal, () => assert.fail("it began")),
    /stopping/,
  );
});
