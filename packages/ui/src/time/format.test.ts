import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs, hourMs, minuteMs, toMoment, toSpan } from "./format.ts";

test("a span is told in the largest unit that tells something", () => {
  for (const [ms, unit, count] of [
    [0, "seconds", 0],
    [59_000, "seconds", 59],
    [minuteMs, "minutes", 1],
    [119 * minuteMs, "minutes", 119],
    [2 * hourMs, "hours", 2],
    [47 * hourMs, "hours", 47],
    [2 * dayMs, "days", 2],
    [23.4 * dayMs, "days", 23],
  ] as const) {
    assert.deepEqual(toSpan(ms), [unit, count]);
  }
});

test("a moment is written as in tables of any language", () => {
  assert.equal(toMoment(new Date(2026, 10, 20, 14, 5)), "2026-11-20 14:05");
  assert.equal(toMoment(new Date(2026, 0, 2, 3, 4)), "2026-01-02 03:04");
});
