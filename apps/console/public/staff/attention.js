// @ts-check
/** @import { Sources } from "./page.js" */
/** @import { Child } from "../dom.js" */
import { el } from "../dom.js";
import { ago, traffic } from "../format.js";
import { t } from "../language.js";
import { icon } from "../states.js";

/** The first line answers whether anything needs somebody; below it the three figures of the day. */
/** @param {Sources} sources */
export function attention({ nodes, leases, usage, mails }) {
  if (!nodes.data || !leases.data) return null;
  const needs = [...nodeNeeds(nodes.data.items), ...leaseNeeds(leases.data.items)];
  const kept = mails.data?.items.filter(({ state }) => state === "kept").length ?? 0;
  const present = nodes.data.items.filter(({ state }) => state !== "removed");
  const online = present.filter(({ state }) => state === "online" || state === "cordoned").length;
  const active = leases.data.items.filter(({ state }) => state === "active").length;
  return el(
    "section",
    { class: "panel attention", key: "attention" },
    headline(needs.length, present.length === 0),
    needs.length > 0 && el("ul", { class: "needs" }, ...needs.map((need) => el("li", null, need))),
    kept > 0 && el("p", { class: "hint", key: "kept" }, el("a", { href: "#mails" }, t.staff.mailsKept(kept))),
    el(
      "dl",
      { class: "figures" },
      figure(t.staff.nodesOnline, t.staff.ofAll(online, present.length)),
      figure(t.staff.leasesActive, leases.data.next === null ? active : `${active}+`),
      figure(t.staff.usedToday, usage.data ? traffic(usage.data.totalBytes) : "–"),
    ),
  );
}

/**
 * @param {number} needs
 * @param {boolean} isEmpty
 */
function headline(needs, isEmpty) {
  if (needs > 0) return el("p", { class: "headline bad" }, icon("care"), t.staff.needYou(needs));
  if (isEmpty) return el("p", { class: "headline busy" }, icon("busy"), t.staff.nothingYet);
  return el("p", { class: "headline good" }, icon("good"), t.staff.allWell);
}

/** @param {readonly import("../../types.ts").Node[]} nodes */
function nodeNeeds(nodes) {
  return nodes
    .filter(({ state }) => state === "offline")
    .map(({ name, lastSeenAt }) =>
      lastSeenAt ? el("span", null, t.staff.nodeAway(name), " ", ago(lastSeenAt)) : t.staff.neverSeen(name),
    );
}

/** @param {readonly import("../../types.ts").Lease[]} leases */
function leaseNeeds(leases) {
  return leases
    .flatMap(({ instances }) => instances)
    .filter(({ phase, nodeState }) => phase === "failed" && nodeState === "online")
    .map(({ nodeName }) => t.staff.instanceFailed(nodeName));
}

/**
 * @param {string} label
 * @param {Child} value
 */
function figure(label, value) {
  return el("div", null, el("dt", null, label), el("dd", null, value));
}
