// @ts-check
/** @import { Instance, Lease } from "../../types.ts" */
/** @import { Child } from "../dom.js" */
/** @import { Berth } from "./page.js" */

import { addressOf } from "../address.js";
import { el } from "../dom.js";
import { dayMs, gb, moment, number, shortId, traffic, until } from "../format.js";
import { t } from "../language.js";
import { quotaBar } from "../quota.js";
import { icon, instanceChip, leaseChip } from "../states.js";
import { connectPart } from "./connect.js";
import { devicesPart } from "./devices.js";
import { knocksPart } from "./knocks.js";

/**
 * One lease: what is left first, then how to use it.
 * @param {Lease} lease
 * @param {Berth} berth
 */
export function leaseCard(lease, berth) {
  return el(
    "article",
    { class: "panel lease", key: lease.id, "aria-label": lease.planName },
    el("div", { class: "panel-head" }, el("h2", null, lease.planName, " ", shortId(lease.id)), leaseChip(lease)),
    lease.suspendedFor && stopped(lease),
    figures(lease, berth),
    knocksPart(lease, berth),
    relays(lease.instances),
    connectPart(lease, berth),
    devicesPart(lease, berth),
  );
}

/** @param {Lease} lease */
function stopped(lease) {
  const anew = renewsAt(lease);
  const text = lease.suspendedFor === "quota" ? t.customer.quotaOver : t.customer.staffStopped;
  const when = lease.suspendedFor === "quota" &&
    anew !== undefined && [` ${t.customer.trafficLeft} ${t.customer.renewsAt} `, moment(anew)];
  return el("p", { class: "note", key: "stopped" }, icon("care"), el("span", null, text, ...(when || [])));
}

/**
 * @param {Lease} lease
 * @param {Berth} berth
 */
function figures(lease, { parts }) {
  const words = t.customer;
  const used = parts.devices.data?.items.length;
  const devices =
    used === undefined ? "–" : lease.devices === null ? number(used) : t.devices.ofMost(used, lease.devices);
  return el(
    "dl",
    { class: "figures" },
    figure(words.timeLeft, until(lease.until), el("span", null, `${words.untilAt} `, moment(lease.until))),
    ...trafficFigure(lease),
    figure(words.devices, devices),
  );
}

/** @param {Lease} lease */
function trafficFigure(lease) {
  const words = t.customer;
  const used = Number(lease.usedBytes);
  if (lease.trafficBytes === null)
    return [figure(words.trafficLeft, t.unlimited, el("span", null, words.usedSoFar(gb(used))))];
  const all = Number(lease.trafficBytes);
  const anew = renewsAt(lease);
  return [
    figure(
      words.trafficLeft,
      traffic(Math.max(0, all - used)),
      el("span", { title: t.exactBytes(number(used)) }, words.ofQuota(gb(used), gb(all))),
      quotaBar(used, all),
      anew !== undefined && el("span", null, `${words.renewsAt} `, moment(anew)),
    ),
  ];
}

/** When the quota begins anew, if it does before the lease ends. A month is 30 days. */
/** @param {Lease} lease */
function renewsAt({ reset, periodFrom, until }) {
  if (reset === "never") return undefined;
  const at = Date.parse(periodFrom) + (reset === "daily" ? 1 : 30) * dayMs;
  return at < Date.parse(until) ? new Date(at).toISOString() : undefined;
}

/**
 * @param {string} label
 * @param {Child} value
 * @param {...Child} more
 */
function figure(label, value, ...more) {
  return el(
    "div",
    null,
    el("dt", null, label),
    el("dd", null, value),
    ...more.map((line) => line && el("dd", { class: "hint" }, line)),
  );
}

/** @param {readonly Instance[]} instances */
function relays(instances) {
  const words = t.customer;
  const rows = instances.map((instance) =>
    el(
      "li",
      { key: instance.id },
      el(
        "span",
        { class: "name" },
        el("strong", null, instance.nodeName),
        " ",
        el("span", { class: "hint" }, instance.region),
      ),
      instanceChip(instance),
      el("code", null, addressOf(instance)),
    ),
  );
  return el(
    "section",
    { class: "part", key: "relays" },
    el("h3", null, words.relays),
    rows.length > 0
      ? el("ul", { class: "rows" }, ...rows)
      : el("p", { class: "empty" }, el("strong", null, words.noRelays), " · ", words.noRelaysDo),
  );
}
