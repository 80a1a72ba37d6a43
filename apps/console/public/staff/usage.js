// @ts-check
/** @import { Usage } from "../../types.ts" */
/** @import { Desk } from "./page.js" */
import { now } from "../api.js";
import { el, svg } from "../dom.js";
import { dateTime, gb, gbNumber, hour, traffic } from "../format.js";
import { t } from "../language.js";
import { panel } from "../panel.js";

const hourMs = 3_600_000;
const hours = 24;

/** The present hour and the 23 before it. */
function hourStarts() {
  const last = Math.floor(now() / hourMs) * hourMs;
  return Array.from({ length: hours }, (_, index) => new Date(last - (hours - 1 - index) * hourMs));
}

/** What to ask for. */
export function lastDay() {
  const [first = new Date()] = hourStarts();
  return { step: "hour", from: first.toISOString(), to: new Date(first.getTime() + hours * hourMs).toISOString() };
}

/** @param {Desk} desk */
export function usagePanel({ sources: { usage } }) {
  return panel({
    id: "usage",
    title: t.usage.title,
    source: usage,
    empty: ({ totalBytes }) => totalBytes === "0" && t.usage.empty,
    body: chart,
  });
}

/** @typedef {{ at: Date, bytes: number }} Bar */

/** @param {Usage} usage */
function chart({ totalBytes, buckets }) {
  const found = new Map(buckets.map(({ at, bytes }) => [Date.parse(at), Number(bytes)]));
  const bars = hourStarts().map((at) => ({ at, bytes: found.get(at.getTime()) ?? 0 }));
  const busiest = bars.reduce((most, bar) => (bar.bytes > most.bytes ? bar : most));
  const summary = t.usage.summary(gb(Number(totalBytes)), gb(busiest.bytes), dateTime(busiest.at));
  const top = niceTop(busiest.bytes);
  return [
    el("p", { class: "summary" }, summary),
    el(
      "div",
      { class: "chart" },
      el("p", { class: "unit", "aria-hidden": "true" }, t.usage.perHour),
      el(
        "div",
        { class: "scale", "aria-hidden": "true" },
        ...[1, 0.5, 0].map((part) => el("span", null, gbNumber(top * part))),
      ),
      plot(bars, top, summary),
      el(
        "div",
        { class: "axis", "aria-hidden": "true" },
        ...bars.filter((_, index) => index % 6 === 0).map(({ at }) => el("span", null, hour(at))),
      ),
    ),
    asTable(bars),
  ];
}

/**
 * @param {readonly Bar[]} bars
 * @param {number} top
 * @param {string} summary
 */
function plot(bars, top, summary) {
  const step = 100 / hours;
  const grid = [0, 50, 100].map((y) => svg("line", { x1: "0", x2: "100%", y1: `${y}%`, y2: `${y}%` }));
  const columns = bars.map(({ at, bytes }, index) => {
    const height = (bytes / top) * 100;
    const x = `${(index * step).toFixed(3)}%`;
    return svg(
      "g",
      null,
      svg("title", null, t.usage.bar(dateTime(at), gb(bytes))),
      svg("rect", { class: "reach", x, y: "0", width: `${step}%`, height: "100%" }),
      bytes > 0 &&
        svg("rect", {
          class: "bar",
          x: `${(index * step + step * 0.14).toFixed(3)}%`,
          y: `${(100 - height).toFixed(2)}%`,
          width: `${(step * 0.72).toFixed(3)}%`,
          height: `${height.toFixed(2)}%`,
        }),
    );
  });
  return svg("svg", { class: "plot", role: "img", "aria-label": summary }, ...grid, ...columns);
}

/** The next round number whose half is one as well. */
/** @param {number} bytes */
function niceTop(bytes) {
  const power = 10 ** Math.floor(Math.log10(bytes));
  return ([1, 2, 3, 4, 6, 8, 10].find((factor) => factor * power >= bytes) ?? 10) * power;
}

/** @param {readonly Bar[]} bars */
function asTable(bars) {
  const rows = bars
    .toReversed()
    .map(({ at, bytes }) =>
      el("tr", null, el("td", null, dateTime(at)), el("td", { class: "number" }, traffic(bytes))),
    );
  const head = el(
    "tr",
    null,
    el("th", { scope: "col" }, t.usage.hour),
    el("th", { scope: "col", class: "number" }, t.usage.bytes),
  );
  return el(
    "details",
    null,
    el("summary", null, t.usage.table),
    el("table", { class: "plain", "aria-label": t.usage.title }, el("thead", null, head), el("tbody", null, ...rows)),
  );
}
