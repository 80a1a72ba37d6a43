import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs, hourMs } from "@berth/kit";
import { type ConfigurationRow, changesBetween, type Held, stateOf, timesOf, untilBeside } from "./configuration.ts";

const now = new Date("2030-01-31T12:00:00Z");
const inHours = (hours: number) => new Date(now.getTime() + hours * hourMs);
const renewal = { renewAfterDays: 29, validDays: 32, besideHours: 72 };

const made: ConfigurationRow = {
  lease_id: "lease_1",
  version: 1,
  made_at: now,
  made_by: "account_1",
  why: "granted",
  renews_at: inHours(29 * 24),
  until: inHours(32 * 24),
  replaced_at: null,
  ended_at: null,
  ended_for: null,
  held: [],
};

test("a version is renewed and ends by its kind's days, or lasts as long as its lease", () => {
  assert.deepEqual(timesOf(renewal, now), { renews_at: inHours(29 * 24), until: inHours(32 * 24) });
  assert.deepEqual(timesOf(undefined, now), { renews_at: null, until: null });
});

test("one that is replaced works on for 72 hours, and never beyond its own time", () => {
  for (const [ownUntil, until] of [
    [inHours(32 * 24), inHours(72)],
    [inHours(72), inHours(72)],
    [inHours(5), inHours(5)],
    [inHours(-5), inHours(-5)],
    [null, inHours(72)],
  ] as const) {
    assert.deepEqual(untilBeside({ until: ownUntil }, renewal, now), until);
  }
});

test("its state follows from its times", () => {
  const ended = { replaced_at: now, ended_at: now };
  for (const [change, at, state] of [
    [{}, now, "present"],
    [{ until: null, renews_at: null }, new Date(now.getTime() + 900 * dayMs), "present"],
    [{}, inHours(32 * 24), "expired"],
    [{ replaced_at: now }, now, "former"],
    [{ replaced_at: now }, inHours(32 * 24), "expired"],
    [{ ...ended, ended_for: "revoked" }, now, "revoked"],
    [{ ...ended, ended_for: "lease_over" }, inHours(32 * 24), "lease_over"],
  ] as const) {
    assert.equal(stateOf({ ...made, ...change }, at), state, JSON.stringify(change));
  }
});

test("what changed between two versions is told slot by slot, in words that people know", () => {
  const held = (slot: number, change: Partial<Held> = {}): Held => ({
    ...{ slot, nodeId: `node_${slot}`, nodeName: `node${slot}`, region: "fra" },
    ...{ address: "192.0.2.1", port: 20_000 + slot, fingerprint: `f${slot}` },
    ...change,
  });
  assert.deepEqual(changesBetween([held(0), held(1)], [held(0), held(1)]), []);
  assert.deepEqual(changesBetween([held(0), held(1)], [held(2), held(0, { port: 1, fingerprint: "x" })]), [
    { slot: 0, what: "port", from: "20000", to: "1" },
    { slot: 0, what: "identity", from: "f0", to: "x" },
    { slot: 1, what: "removed", from: "node1", to: null },
    { slot: 2, what: "added", from: null, to: "node2" },
  ]);
  const moved = held(0, { nodeId: "node_9", nodeName: "node9", address: null, port: null });
  assert.deepEqual(
    changesBetween([held(0)], [moved]).map(({ what, from, to }) => [what, from, to]),
    [
      ["node", "node0", "node9"],
      ["address", "192.0.2.1", null],
      ["port", "20000", null],
    ],
  );
});
