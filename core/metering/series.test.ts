import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs, hourMs, minuteMs } from "@berth/kit";
import { bucketsOf, gapAt, mergeGaps, presence, runsOutAt } from "./series.ts";

const day = Date.parse("2030-01-31T00:00:00Z");

test("buckets lie where the tables have them, and none is left out", () => {
  assert.deepEqual(bucketsOf("hour", { fromMs: day + 90 * minuteMs, toMs: day + 3 * hourMs }), [
    day + hourMs,
    day + 2 * hourMs,
  ]);
  assert.equal(bucketsOf("5m", { fromMs: day, toMs: day + hourMs }).length, 12);
  assert.deepEqual(bucketsOf("day", { fromMs: day + 1, toMs: day + 2 }), [day]);
  assert.deepEqual(bucketsOf("day", { fromMs: day, toMs: day }), []);
  assert.deepEqual(bucketsOf("day", { fromMs: day + dayMs, toMs: day }), []);
});

test("a bucket without bytes is a zero where somebody was there to count, and else a gap with its reason", () => {
  const nowMs = day + 20 * dayMs;
  const always = [{ fromMs: 0, toMs: nowMs }];
  const it = { step: "hour", nowMs, beganMs: day, present: always } as const;
  for (const [bucketMs, change, why] of [
    [day + dayMs, {}, undefined],
    [day - 2 * hourMs, {}, "not_begun"],
    [day - hourMs, {}, "not_begun"],
    [day - hourMs / 2, {}, undefined],
    [nowMs + 1, {}, "ahead"],
    [nowMs - hourMs, {}, undefined],
    [day + dayMs, { step: "5m" }, "dropped"],
    [nowMs - 6 * dayMs, { step: "5m" }, undefined],
    [day + dayMs, { present: [] }, "nodes_away"],
    [day + dayMs, { present: [{ fromMs: day, toMs: day + dayMs }] }, "nodes_away"],
    [day + dayMs, { present: [{ fromMs: day, toMs: day + dayMs + 1 }] }, undefined],
    [day + dayMs, { present: [{ fromMs: day + dayMs + hourMs, toMs: nowMs }] }, "nodes_away"],
  ] as const) {
    assert.equal(
      gapAt(bucketMs, { ...it, ...change }),
      why,
      `${(bucketMs - day) / hourMs} h ${JSON.stringify(change)}`,
    );
  }
});

test("gaps that follow each other for one reason are one", () => {
  const buckets = [0, 1, 2, 3, 4].map((index) => day + index * hourMs);
  const merged = mergeGaps("hour", buckets, ["not_begun", "nodes_away", "nodes_away", undefined, "nodes_away"]);
  assert.deepEqual(
    merged.map(({ fromMs, toMs, why }) => [(fromMs - day) / hourMs, (toMs - day) / hourMs, why]),
    [
      [0, 1, "not_begun"],
      [1, 3, "nodes_away"],
      [4, 5, "nodes_away"],
    ],
  );
});

test("who came and went was there between, and within what is asked", () => {
  const span = { fromMs: 100, toMs: 200 };
  const at = (atMs: number, isOnline: boolean) => ({ atMs, isOnline });
  for (const [changes, spans] of [
    [[], []],
    [[at(0, true)], [[100, 200]]],
    [[at(0, true), at(50, false)], []],
    [[at(0, true), at(150, false)], [[100, 150]]],
    [
      [at(0, true), at(120, false), at(130, false), at(140, true), at(145, true), at(160, false)],
      [
        [100, 120],
        [140, 160],
      ],
    ],
    [[at(0, false), at(190, true)], [[190, 200]]],
    [[at(0, false)], []],
  ] as const) {
    assert.deepEqual(
      presence(changes, span).map(({ fromMs, toMs }) => [fromMs, toMs]),
      spans,
    );
  }
});

test("a quota runs out at the pace of late, or not before its end", () => {
  const times = { nowMs: day, endMs: day + 30 * dayMs };
  for (const [left, bytes, ms, at] of [
    [100n, 10n, dayMs, day + 10 * dayMs],
    [100n, 70n, 7 * dayMs, day + 10 * dayMs],
    [100n, 1n, dayMs, undefined],
    [100n, 0n, dayMs, undefined],
    [100n, 10n, 0, undefined],
    [0n, 0n, 0, day],
    [-5n, 1n, dayMs, day],
  ] as const) {
    assert.equal(runsOutAt(left, { bytes, ms }, times), at);
  }
});
