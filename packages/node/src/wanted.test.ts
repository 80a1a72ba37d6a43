import assert from "node:assert/strict";
import { test } from "node:test";
import { InstanceSchema } from "@berth/link";
import { create } from "@bufbuild/protobuf";
import { CountingDriver, CountingProcess } from "./test-driver.ts";
import { type Circumstances, toWanted } from "./wanted.ts";

const driver = new CountingDriver(new CountingProcess());
const plain = { id: "a", generation: 3n, offering: "counting", specVersion: 1, spec: '{"port":5,"unknown":true}' };
const want = (more: object = {}, circumstances: Partial<Circumstances> = {}) =>
  toWanted(driver, create(InstanceSchema, { ...plain, ...more }), { earlierBytes: 0n, offsetMs: 0, ...circumstances });

test("an assignment is what control sent, parsed, with unknown fields left out", () => {
  assert.deepEqual(want().assignment, {
    instanceId: "a",
    generation: 3,
    spec: { port: 5 },
    allowance: { ceilingBytes: undefined, until: undefined },
    offsetMs: 0,
  });
});

test("a ceiling is lowered by what earlier runs counted, and never below nothing", () => {
  const ceiling = (earlierBytes: bigint) =>
    want({ allowance: { ceilingBytes: 100n } }, { earlierBytes }).assignment?.allowance.ceilingBytes;
  assert.deepEqual([ceiling(0n), ceiling(30n), ceiling(100n), ceiling(170n)], [100n, 70n, 0n, 0n]);
  assert.equal(want({ allowance: {} }, { earlierBytes: 5n }).assignment?.allowance.ceilingBytes, undefined);
});

test("an end is told in the node's own time; none is none", () => {
  const until = (offsetMs: number) =>
    want({ allowance: { untilMs: 10_000n } }, { offsetMs }).assignment?.allowance.until;
  assert.deepEqual([until(0), until(3_000), until(-3_000)], [new Date(10_000), new Date(7_000), new Date(13_000)]);
  assert.equal(want({ allowance: {} }).assignment?.allowance.until, undefined);
});

test("a driver is told of the clocks, anew when they part: a spec's own times are control's", () => {
  const [before, after] = [want({}, { offsetMs: 0 }), want({}, { offsetMs: 9_000 })];
  assert.deepEqual([before.assignment?.offsetMs, after.assignment?.offsetMs], [0, 9_000]);
  assert.notEqual(before.version, after.version);
});

test("there is no assignment for a spec or a version that the driver does not know", () => {
  for (const more of [{ specVersion: 2 }, { spec: '{"port":"x"}' }, { spec: "{" }, { spec: "" }]) {
    assert.equal(want(more).assignment, undefined);
  }
});

test("the version differs whenever the driver has to hear of it", () => {
  const versions = [
    want(),
    want({ generation: 4n }),
    want({ spec: '{"port":6}' }),
    want({ specVersion: 2 }),
    want({ allowance: { ceilingBytes: 9n } }),
    want({ allowance: { ceilingBytes: 9n } }, { earlierBytes: 1n }),
    want({ allowance: { untilMs: 9n } }),
    want({ allowance: { untilMs: 9n } }, { offsetMs: 5 }),
  ].map(({ version }) => version);
  assert.equal(new Set(versions).size, versions.length);
  assert.equal(want().version, want().version);
});
