import assert from "node:assert/strict";
import { test } from "node:test";
import { fillGaps, gapsOf, type Line, scaleOf, summaryOf, topLines } from "./points.ts";

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

test("a gap reaches from the last measured moment to the next one, and to the ends of the chart", () => {
  assert.deepEqual(gapsOf(line("a", 1, null, null, 4, 5).points), [[0, 3]]);
  assert.deepEqual(gapsOf(line("a", null, null, 1).points), [[0, 2]]);
  assert.deepEqual(gapsOf(line("a", 1, 2, null, null).points), [[1, 3]]);
  assert.deepEqual(gapsOf(line("a", 1, 2).points), []);
  assert.deepEqual(gapsOf([]), []);
});

test("what nobody measured is there as such", () => {
  const filled = fillGaps([[21, 7]], { begin: 10, end: 50, stepMs: 10 });
  assert.deepEqual(filled, [
    [10, null],
    [20, 7],
    [30, null],
    [40, null],
  ]);
});

test("a summary leaves out what was not measured", () => {
  assert.deepEqual(summaryOf(line("a", 3, 9, null, 4)), { last: 4, high: 9, low: 3 });
  assert.equal(summaryOf(line("a", null)), undefined);
});

test("an axis goes up in round steps, four at most", () => {
  const scales = [0, 0.52, 1, 160, 240, 6_000, 8_100].map(scaleOf);
  assert.deepEqual(
    scales.map(({ top }) => Number(top.toPrecision(6))),
    [1, 0.6, 1, 200, 300, 6_000, 10_000],
  );
  for (const { top, interval } of scales) assert.ok(top / interval <= 4.001);
});
