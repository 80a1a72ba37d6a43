// @ts-check
/** @import { Desk, Sources } from "./page.js" */
import { el } from "../dom.js";
import { t } from "../language.js";
import { icon } from "../states.js";

/** @typedef {"node" | "plan" | "serials" | "redeem"} Step */

/**
 * @param {Sources} sources
 * @returns {Record<Step, boolean> | undefined} nothing before it is known
 */
function progress({ nodes, plans, batches, leases }) {
  if (!nodes.data || !plans.data || !batches.data || !leases.data) return undefined;
  return {
    node: nodes.data.items.some(({ state }) => state !== "removed"),
    plan: plans.data.items.length > 0,
    serials: batches.data.items.length > 0,
    redeem: leases.data.items.length > 0,
  };
}

/** What to do next on the way to the first customer; nothing when one is there. */
/** @param {Sources} sources */
export function nextStep(sources) {
  const done = progress(sources);
  return /** @type {Step[]} */ (Object.keys(done ?? {})).find((step) => !done?.[step]);
}

/** The way from nothing to the first customer. It ticks itself, and goes when it is done. */
/** @param {Desk} desk */
export function stepsPanel({ sources }) {
  const done = progress(sources);
  const next = nextStep(sources);
  if (!done || !next) return null;
  const steps = /** @type {Step[]} */ (Object.keys(done));
  const items = steps.map((step) => stepItem(step, step === next ? "next" : done[step] ? "done" : "later"));
  return el(
    "section",
    { class: "panel", key: "steps", "aria-labelledby": "steps-title" },
    el("div", { class: "panel-head" }, el("h2", { id: "steps-title" }, t.steps.title)),
    el("ol", { class: "steps" }, ...items),
  );
}

/** @type {Record<string, import("../states.js").Tone>} */
const tones = { done: "good", next: "busy", later: "over" };

/**
 * @param {Step} step
 * @param {"done" | "next" | "later"} stage
 */
function stepItem(step, stage) {
  const words = t.steps;
  const why = {
    node: words.nodeWhy,
    plan: words.planWhy,
    serials: words.serialsWhy,
    redeem: words.redeemWhy(`${location.origin}/sign-up`),
  };
  return el(
    "li",
    { class: stage, "aria-current": stage === "next" ? "step" : null },
    icon(tones[stage] ?? "over"),
    el("div", null, el("strong", null, words[step]), el("p", null, stage === "done" ? words.done : why[step])),
  );
}
