import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Counters } from "./counters.ts";

const now = Date.UTC(2026, 0, 1);

function meterOf(ceilingBytes?: bigint) {
  const counters = new Counters(() => {});
  const meter = counters.meter("i", 1);
  meter.allow({ ceilingBytes });
  return { counters, meter, counter: counters.get("i", 1, "d1") };
}

test("the packet that goes over the ceiling is counted, and is the last", () => {
  const { meter, counter } = meterOf(1_000n);
  assert.equal(meter.take(counter, 900), true);
  assert.equal(meter.isSpent(now), false);
  assert.equal(meter.take(counter, 101), true);
  assert.equal(meter.isSpent(now), true);
  assert.equal(meter.take(counter, 1), false);
  assert.equal(counter.bytes, 1_001);
});

test("a packet that reaches the ceiling is counted, and the allowance is spent", () => {
  const { meter, counter } = meterOf(1_000n);
  assert.equal(meter.take(counter, 1_000), true);
  assert.equal(meter.isSpent(now), true);
});

test("the same allowance again opens nothing; a higher ceiling does", () => {
  const { meter, counter } = meterOf(1_000n);
  meter.take(counter, 1_001);
  meter.allow({ ceilingBytes: 1_000n });
  assert.equal(meter.isSpent(now), true);
  meter.allow({ ceilingBytes: 1_002n });
  assert.equal(meter.take(counter, 1_001), true);
});

test("an allowance ends at its time, and a later time opens it again", () => {
  const { meter } = meterOf();
  meter.allow({ until: new Date(now) });
  assert.equal(meter.isSpent(now - 1), false);
  assert.equal(meter.isSpent(now), true);
  meter.allow({ until: new Date(now + 1) });
  assert.equal(meter.isSpent(now), false);
});

test("a ceiling holds for all devices of an instance together, and for one generation", () => {
  const { counters, meter, counter } = meterOf(1_000n);
  meter.take(counter, 1_000);
  assert.equal(meter.take(counters.get("i", 1, "d2"), 1), false);
  assert.equal(counters.meter("i", 2).take(counters.get("i", 2, "d1"), 5_000), true);
  assert.equal(counters.meter("other", 1).take(counters.get("other", 1, "d1"), 5_000), true);
});

test("no order of packets and ceilings brings the sum more than one packet over the ceiling that stands", () => {
  const step = fc.oneof(fc.record({ take: fc.nat(500) }), fc.record({ ceiling: fc.nat(5_000) }));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { meter, counter } = meterOf(0n);
      let ceiling = 1;
      for (const one of steps) {
        if ("ceiling" in one) {
          ceiling = Math.max(ceiling, one.ceiling);
          meter.allow({ ceilingBytes: BigInt(ceiling) });
        } else meter.take(counter, one.take);
        assert.ok(counter.bytes < ceiling + 500);
      }
    }),
  );
});

test("growth is given out once, and everything stays known", () => {
  let news = 0;
  const counters = new Counters(() => news++);
  const meter = counters.meter("i", 1);
  const [one, two] = [counters.get("i", 1, "d1"), counters.get("i", 1, "d2")];
  meter.take(one, 10);
  meter.take(one, 10);
  meter.take(two, 0);
  assert.equal(news, 1);
  assert.deepEqual(counters.takeGrown(), [{ instanceId: "i", generation: 1, deviceId: "d1", bytes: 20n }]);
  assert.deepEqual(counters.takeGrown(), []);
  meter.take(one, 1);
  assert.equal(news, 2);
  assert.deepEqual(counters.all(), [{ instanceId: "i", generation: 1, deviceId: "d1", bytes: 21n }]);
});
