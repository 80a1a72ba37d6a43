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

/** Where a line is broken: from the last measured moment, or where the chart begins, to the next one, or where it ends. */
export function gapsOf(points: readonly Point[]): readonly (readonly [from: number, to: number])[] {
  const gaps: [number, number][] = [];
  let last = points[0]?.[0] ?? 0;
  let isOpen = false;
  for (const [at, value] of points) {
    if (value !== null && isOpen) gaps.push([last, at]);
    if (value !== null) last = at;
    isOpen = value === null;
  }
  if (isOpen) gaps.push([last, points.at(-1)?.[0] ?? last]);
  return gaps;
}

interface Range {
  readonly begin: number;
  readonly end: number;
  readonly stepMs: number;
}

/** A moment for every step of a range: what nobody measured is there as such. */
export function fillGaps(points: readonly Point[], { begin, end, stepMs }: Range): readonly Point[] {
  const found = new Map(points.map(([at, value]) => [Math.floor(at / stepMs), value]));
  const first = Math.floor(begin / stepMs);
  const count = Math.max(0, Math.floor(end / stepMs) - first);
  return Array.from(
    { length: count },
    (_, index) => [(first + index) * stepMs, found.get(first + index) ?? null] as const,
  );
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

const mostIntervals = 4;

/** Where the axis ends, in round steps: at most five lines cross the chart. */
export function scaleOf(highest: number): { readonly top: number; readonly interval: number } {
  if (highest <= 0) return { top: 1, interval: 1 };
  const power = 10 ** Math.floor(Math.log10(highest / mostIntervals));
  const interval = ([1, 2, 2.5, 5].find((factor) => factor * power * mostIntervals >= highest) ?? 10) * power;
  return { top: Math.ceil(highest / interval - 1e-9) * interval, interval };
}
