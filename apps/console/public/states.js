// @ts-check
/** @import { Instance, Lease, Mail, Node } from "../types.ts" */

import { now } from "./api.js";
import { el, svg } from "./dom.js";
import { dayMs } from "./format.js";
import { t } from "./language.js";

/** @typedef {"good" | "busy" | "care" | "bad" | "over" | "unknown"} Tone */

/** @type {Record<Tone, string>} */
const shapes = {
  good: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8.2l2.1 2.1L11.2 6",
  busy: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.4 1.8",
  care: "M8 2 1.8 13.2h12.4zM8 6.4v3.1M8 11.4v.2",
  bad: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  over: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5.2 8h5.6",
  unknown: "M6 6.1a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M8 11.4v.2",
};

/** @param {Tone} tone */
export function icon(tone) {
  const path = svg("path", { d: shapes[tone] });
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, path);
}

/**
 * A state: icon, word and colour, always together.
 * @param {Tone} tone
 * @param {string} word
 * @param {string} [title]
 */
export function chip(tone, word, title) {
  return el("span", { class: `chip ${tone}`, title }, icon(tone), el("span", null, word));
}

/** @type {Record<Node["state"], Tone>} */
const nodeTones = { joining: "busy", online: "good", offline: "bad", cordoned: "care", removed: "over" };

/** @param {Node["state"]} state */
export function nodeChip(state) {
  return chip(nodeTones[state], t.nodeStates[state]);
}

/** @type {Record<Lease["state"], Tone>} */
const leaseTones = { pending: "busy", active: "good", suspended: "bad", expired: "over", ended: "over" };
const endingMs = 3 * dayMs;

/** @param {Lease} lease */
export function isOver({ state }) {
  return state === "expired" || state === "ended";
}

/** @param {Lease} lease */
export function leaseChip({ state, suspendedFor, until }) {
  if (state === "active" && Date.parse(until) - now() < endingMs) return chip("care", t.leaseStates.ending);
  const why = suspendedFor ? t.suspendedFor[suspendedFor] : undefined;
  return chip(leaseTones[state], why ? t.withReason(t.leaseStates[state], why) : t.leaseStates[state]);
}

/** @type {Record<Instance["phase"], Tone>} */
const phaseTones = { pending: "busy", starting: "busy", running: "good", failed: "bad", stopped: "over" };

/** What an instance does. Of one whose node is away nobody knows. */
/** @param {Instance} instance */
export function instanceChip({ phase, phaseReason, nodeState }) {
  const word = t.phases[phase];
  if (nodeState === "offline" || nodeState === "removed") return chip("unknown", t.phases.unknown, t.lastKnown(word));
  return chip(phaseTones[phase], phase === "failed" && phaseReason ? t.withReason(word, reason(phaseReason)) : word);
}

/** @param {string} code */
function reason(code) {
  return Object.hasOwn(t.phaseReasons, code) ? t.phaseReasons[/** @type {keyof typeof t.phaseReasons} */ (code)] : code;
}

/** @type {Record<Mail["state"], Tone>} */
const mailTones = { waiting: "busy", sent: "good", kept: "care", failed: "bad" };

/** @param {Mail["state"]} state */
export function mailChip(state) {
  return chip(mailTones[state], t.mailStates[state]);
}
