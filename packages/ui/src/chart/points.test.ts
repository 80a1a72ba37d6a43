import assert from "node:assert/strict";
import { test } from "node:test";
import { gapsOf, type Line, niceTop, summaryOf, topLines } from "./points.ts";

const line = (name: string, ...values: (number | null)[]): Line => ({
  name,
  points: values.map((value, at) => [at, value] as const),
});

test("past five lines the four greatest stay, and the rest is one that keeps its gaps", () => {
  const lines = [
    line("a", 9, 9),
    line("b", 8, 8),
    line("c", 7, 7),
    line("d", 6, 6),
    line("e", 2, null),
    line("f", 1, null),
  ];
  const top = topLines(lines, "other");
  assert.deepEqual(
    top.map(({ name }) => name),
    ["a", "b", "c", "d", "other"],
  );
  assert.deepEqual(top.at(-1)?.points, [
    [0, 3],
    [1, null],
  ]);
  assert.equal(topLines(lines.slice(0, 5), "other").length, 5);
});

test("a gap reaches from the last measured moment to the next one", () => {
  assert.deepEqual(gapsOf(line("a", 1, null, null, 4, 5, null).points), [[0, 3]]);
  assert.deepEqual(gapsOf(line("a", null, 1).points), []);
});

test("a summary leaves out what was not measured", () => {
  assert.deepEqual(summaryOf(line("a", 3, 9, null, 4)), { last: 4, high: 9, low: 3 });
  assert.equal(summaryOf(line("a", null)), undefined);
});

test("an axis ends at a round number", () => {
  assert.deepEqual([0, 0.3, 1, 212, 6_000, 8_100].map(niceTop), [1, 0.4, 1, 250, 8_000, 10_000]);
});
