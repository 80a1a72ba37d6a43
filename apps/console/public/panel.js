// @ts-check
/** @import { Child } from "./dom.js" */
/** @import { Source } from "./source.js" */
import { el } from "./dom.js";
import { dateTime } from "./format.js";
import { t } from "./language.js";
import { isAway, problemBox } from "./problem.js";

/**
 * A section that shows one source: a skeleton until it came, its problem beside it, what it holds, or why that is nothing.
 * @template Data
 * @param {object} options
 * @param {string} options.id
 * @param {string} options.title
 * @param {Source<Data>} options.source
 * @param {Child | Child[]} [options.action]
 * @param {(data: Data) => Child} [options.empty] nothing when there is something to show
 * @param {(data: Data) => Child | Child[]} options.body
 */
export function panel({ id, title, source, action, empty, body }) {
  return el(
    "section",
    { class: "panel", id, key: id, "aria-labelledby": `${id}-title` },
    el("div", { class: "panel-head" }, el("h2", { id: `${id}-title` }, title), el("div", { class: "actions" }, action)),
    trouble(source),
    source.data === undefined ? !source.problem && skeleton() : content(source.data, empty, body),
  );
}

/**
 * @template Data
 * @param {Data} data
 * @param {((data: Data) => Child) | undefined} empty
 * @param {(data: Data) => Child | Child[]} body
 */
function content(data, empty, body) {
  const nothing = empty?.(data);
  return nothing
    ? el("p", { class: "empty", key: "empty" }, nothing)
    : el("div", { class: "panel-body", key: "body" }, body(data));
}

/** What is wrong with this source alone. That control is away is said once, for the whole page. */
/** @param {Source<any>} source */
function trouble(source) {
  const { problem, data, at } = source;
  if (!problem || (isAway(problem) && data !== undefined)) return null;
  const stale = data !== undefined && at !== undefined && el("p", { class: "hint" }, t.stale(dateTime(new Date(at))));
  return el("div", { class: "trouble", key: "trouble" }, problemBox(problem), stale);
}

export function skeleton() {
  const bars = [1, 2, 3].map(() => el("span", null));
  return el("div", { class: "skeleton", key: "skeleton", role: "status", "aria-label": t.loading }, ...bars);
}

/**
 * The rest of a list is not loaded: say so.
 * @param {{ items: readonly unknown[], next: string | null }} page
 */
export function newestOnly({ items, next }) {
  return next !== null && el("p", { class: "hint", key: "newest" }, t.newest(items.length));
}
