/** A measured moment; null where nothing was measured. */
export type Point = readonly [at: number, value: number | null];

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

const mostLines = 5;

function sumOf({ points }: Line): number {
  return points.reduce((sum, [, value]) => sum + (value ?? 0), 0);
}

/** Past five lines nobody tells them apart: the four greatest stay, the rest is one. */
export function topLines(lines: readonly Line[], other: string): readonly Line[] {
  if (lines.length <= mostLines) return lines;
  const sorted = [...lines].sort((a, b) => sumOf(b) - sumOf(a));
  const top = sorted.slice(0, mostLines - 1);
  return [...top, added(sorted.slice(mostLines - 1), other)];
}

/** A gap in all of them stays a gap. */
function added(lines: readonly Line[], name: string): Line {
  const sums = new Map<number, number | null>();
  for (const { points } of lines) {
    for (const [at, value] of points) {
      const before = sums.get(at);
      sums.set(at, value === null ? (before ?? null) : (before ?? 0) + value);
    }
  }
  return { name, points: [...sums].sort(([a], [b]) => a - b) };
}

/** Where a line is broken: from the last measured moment before a gap to the first one after it. */
export function gapsOf(points: readonly Point[]): readonly (readonly [from: number, to: number])[] {
  const gaps: [number, number][] = [];
  let last: number | undefined;
  let isOpen = false;
  for (const [at, value] of points) {
    if (value === null) {
      isOpen = true;
      continue;
    }
    if (isOpen && last !== undefined) gaps.push([last, at]);
    last = at;
    isOpen = false;
  }
  return gaps;
}

export interface Summary {
  readonly last: number;
  readonly high: number;
  readonly low: number;
}

export function summaryOf({ points }: Line): Summary | undefined {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const last = values.at(-1);
  if (last === undefined) return undefined;
  return { last, high: Math.max(...values), low: Math.min(...values) };
}

/** Where the axis ends: a round number, so that at most five lines cross the chart. */
export function niceTop(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 2.5, 4, 5, 8, 10].find((factor) => factor * power >= highest) ?? 10) * power;
}
