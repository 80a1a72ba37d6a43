import assert from "node:assert/strict";
import { test } from "node:test";
import { TimerWheel } from "./timer-wheel.ts";

function fired(ticks: number): number {
  const wheel = new TimerWheel();
  let at = 0;
  wheel.start(ticks, () => {
    at = now;
  });
  let now = 0;
  while (now < 200) {
    now++;
    wheel.tick();
  }
  return at;
}

test("a timer fires at its tick, once", () => {
  for (const ticks of [1, 2, 60, 127]) assert.equal(fired(ticks), ticks);
});

test("a timer of nothing fires at the next tick, one too long at the last there is", () => {
  assert.equal(fired(0), 1);
  assert.equal(fired(500), 127);
});

test("a stopped timer does not fire, and a timer may start another", () => {
  const wheel = new TimerWheel();
  const seen: string[] = [];
  const stop = wheel.start(2, () => seen.push("stopped"));
  wheel.start(1, () => wheel.start(1, () => seen.push("second")));
  stop();
  for (let i = 0; i < 3; i++) wheel.tick();
  assert.deepEqual(seen, ["second"]);
});
