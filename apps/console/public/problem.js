// @ts-check
/** @import { Problem } from "./api.js" */
import { ApiError } from "./api.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { icon } from "./states.js";

/**
 * What went wrong, in a form that can be shown. A mistake of this page goes to the browser's console as well.
 * @param {unknown} error
 * @returns {Problem}
 */
export function toProblem(error) {
  if (error instanceof ApiError) return error.problem;
  console.error(error);
  return { code: "page", detail: `${t.problems.page} ${error}` };
}

/** True when nothing is wrong with the question: control or its database is away for a moment. */
/** @param {Problem | undefined} problem */
export function isAway(problem) {
  const status = problem?.status ?? Number(problem?.code.match(/^http\.(5\d\d)$/)?.[1] ?? 0);
  return problem?.code === "network" || status === 502 || status === 503 || status === 504;
}

/**
 * In the reader's language, as a sentence.
 * @param {Problem} problem
 */
export function explain(problem) {
  const own = Object.hasOwn(t.refusals, problem.code) ? t.refusals[problem.code] : undefined;
  const text = (typeof own === "function" ? own(problem) : own) ?? problem.detail;
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?。！？]$/.test(sentence) ? sentence : `${sentence}${/[\u4e00-\u9fff]/.test(sentence) ? "。" : "."}`;
}

/**
 * What, why, and what to quote.
 * @param {Problem} problem
 * @param {(() => void) | undefined} [retry]
 */
export function problemBox(problem, retry) {
  const { code, traceId, issues = [] } = problem;
  return el(
    "div",
    { class: "problem", role: "alert" },
    icon("bad"),
    el(
      "div",
      null,
      el("p", null, issues.length > 0 ? t.problems.fields : explain(problem)),
      issues.length > 0 &&
        el("ul", null, ...issues.map(({ at, message }) => el("li", null, `${at.slice(1)}: ${message}`))),
      el("p", { class: "trace" }, `${t.problems.code} `, el("code", null, code), ...traceOf(code, traceId)),
      retry && el("button", { type: "button", onclick: retry }, t.retry),
    ),
  );
}

/**
 * @param {string} code
 * @param {string | undefined} traceId
 */
function traceOf(code, traceId) {
  if (!traceId) return [];
  const copy = copyButton(t.copyTrace, () => `${code} ${traceId}`, { class: "quiet small" });
  return [` · ${t.problems.trace} `, el("code", null, traceId), " ", copy];
}
