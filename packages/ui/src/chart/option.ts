import { series as colours, type Look, tokens } from "../theme/tokens.ts";
import { dayMs, toClock, toDate, toMoment } from "../time/format.ts";
import type { ChartProps, Gap } from "./chart-props.ts";
import { gapsOf, scaleOf, summaryOf } from "./points.ts";

/** A gap that takes less of the chart has no room for a word. */
const leastNamedGap = 0.08;

/** The rules of all charts: from 0, at most five lines across, the unit on the axis, gaps that stay gaps and say why. */
export function toOption(props: ChartProps, look: Look, hatch: unknown) {
  const of = tokens[look];
  const { top, interval } = scaleOf(highest(props));
  const range = rangeOf(props);
  const isLong = (range.max ?? 0) - (range.min ?? 0) > 2 * dayMs;
  const text = { color: of.tertiary, fontSize: 12 };
  return {
    animation: false,
    color: [...colours[look]],
    textStyle: { fontFamily: "inherit" },
    grid: {
      left: 8,
      right: 16,
      top: props.lines.length > 1 ? 36 : 12,
      bottom: 8,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    legend: { show: props.lines.length > 1, top: 0, left: 0, icon: "roundRect", textStyle: { color: of.secondary } },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: of.elevated,
      borderColor: of.line,
      textStyle: { color: of.text, fontSize: 13 },
      valueFormatter: (value: unknown) => (typeof value === "number" ? props.say(value) : "–"),
      axisPointer: { label: { formatter: ({ value }: { value: number }) => toMoment(new Date(value)) } },
    },
    xAxis: {
      type: "time",
      ...range,
      axisLine: { lineStyle: { color: of.border } },
      axisLabel: { ...text, hideOverlap: true, formatter: (at: number) => toAxis(new Date(at), isLong) },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: top,
      interval,
      axisLabel: { ...text, formatter: (value: number) => props.say(value) },
      splitLine: { lineStyle: { color: of.line } },
    },
    ...(props.onZoom ? { dataZoom: [{ type: "inside", filterMode: "none" }] } : {}),
    series: props.lines.map((line, index) => ({
      type: "line",
      name: line.name,
      data: line.points.map((point) => [...point]),
      showSymbol: false,
      connectNulls: false,
      lineStyle: { width: 2, type: index % 2 === 1 ? "dashed" : "solid" },
      ...(index === 0 ? marksOf(props, look, hatch) : {}),
    })),
  };
}

/** Over days the day says more than the hour: `11-20`. */
function toAxis(at: Date, isLong: boolean): string {
  return isLong ? toDate(at).slice("2026-".length) : toClock(at);
}

/** All of what was asked for, also where nothing was measured. */
function rangeOf({ lines }: Pick<ChartProps, "lines">): { min?: number; max?: number } {
  const times = lines.flatMap(({ points }) => [points[0]?.[0] ?? [], points.at(-1)?.[0] ?? []]).flat();
  return times.length === 0 ? {} : { min: Math.min(...times), max: Math.max(...times) };
}

function highest({ lines, thresholds = [] }: ChartProps): number {
  return Math.max(0, ...lines.map((line) => summaryOf(line)?.high ?? 0), ...thresholds.map(({ value }) => value));
}

/** Once for the whole chart: limits, what happened, and where nothing was measured. */
function marksOf(props: ChartProps, look: Look, hatch: unknown) {
  const { lines, thresholds = [], marks = [] } = props;
  const of = tokens[look];
  const label = { color: of.secondary, fontSize: 12 };
  const limits = thresholds.map(({ value, label: name }) => ({
    yAxis: value,
    lineStyle: { color: of.warning, type: "dashed" },
    label: { ...label, formatter: name, position: "insideEndTop" },
  }));
  const happened = marks.map(({ at, label: name }) => ({
    xAxis: at,
    lineStyle: { color: of.border, type: "dotted" },
    label: { ...label, formatter: `◆ ${name}`, position: "insideEndTop" },
  }));
  const { min = 0, max = 0 } = rangeOf({ lines });
  const gaps = namedGaps(props).map(({ from, to, why }) => {
    const isWide = to - from > (max - min) * leastNamedGap;
    return [
      { xAxis: from, label: { ...label, show: isWide, formatter: why, position: "insideTop" } },
      { xAxis: Math.min(to, max) },
    ];
  });
  return {
    markLine: { symbol: "none", silent: true, data: [...limits, ...happened] },
    markArea: {
      silent: true,
      itemStyle: { color: { image: hatch, repeat: "repeat" } },
      data: gaps,
    },
  };
}

function namedGaps({ lines, gapWhy = "", gaps }: ChartProps): readonly Gap[] {
  return gaps ?? gapsOf(lines[0]?.points ?? []).map(([from, to]) => ({ from, to, why: gapWhy }));
}
