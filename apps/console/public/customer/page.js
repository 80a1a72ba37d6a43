// @ts-check
/** @import { Account, Configuration, Devices, Knocks, Lease, Leases } from "../../types.ts" */
import { get } from "../api.js";
import { el } from "../dom.js";
import { moment } from "../format.js";
import { showPage } from "../frame.js";
import { t } from "../language.js";
import { skeleton } from "../panel.js";
import { isAway, problemBox } from "../problem.js";
import { Source } from "../source.js";
import { isOver, leaseChip } from "../states.js";
import { leaseCard } from "./lease-card.js";
import { redeemPanel } from "./redeem.js";

/**
 * What belongs to one lease besides itself.
 * @typedef {{ devices: Source<Devices>, knocks: Source<Knocks>, configuration: Source<Configuration> }} Parts
 */

/**
 * What a card needs besides its lease.
 * @typedef {{ parts: Parts, reload: (...sources: Source<any>[]) => Promise<void> }} Berth
 */

const seldom = { everyMs: 60_000 };

/** @param {string} leaseId @returns {Parts} */
function makeParts(leaseId) {
  return {
    devices: new Source(() => get(`/leases/${leaseId}/devices`)),
    knocks: new Source(() => get(`/leases/${leaseId}/knocks`)),
    configuration: new Source(() => get(`/derp/leases/${leaseId}/configuration`), seldom),
  };
}

/**
 * @param {Account} account
 * @returns {import("../home.js").Home}
 */
export function customerPage(account) {
  /** @type {Source<Leases>} */
  const leases = new Source(() => get("/leases", { limit: 50 }));
  /** @type {Map<string, Parts>} */
  const known = new Map();
  const partsOf = (/** @type {Lease} */ { id }) => {
    const parts = known.get(id) ?? makeParts(id);
    known.set(id, parts);
    return parts;
  };
  const present = () => leases.data?.items.filter((lease) => !isOver(lease)) ?? [];
  const sources = () => [leases, ...present().flatMap((lease) => Object.values(partsOf(lease)))];
  const show = () => {
    const content = [
      el("h1", null, t.customer.title),
      trouble(leases),
      ...present().map((lease) => leaseCard(lease, { parts: partsOf(lease), reload })),
      leases.data ? redeemPanel({ isFirst: present().length === 0, onRedeemed: () => reload(leases) }) : skeleton(),
      earlier(leases.data?.items.filter(isOver) ?? []),
    ];
    showPage({ title: t.customer.title, account, sources: sources(), look: "customer", again: show, content });
  };
  /** @param {Source<any>[]} changed */
  const reload = async (...changed) => {
    await Promise.all(changed.map((source) => source.load()));
    await loadNew();
    show();
  };
  const loadNew = () =>
    Promise.all(sources().map((source) => (source.at || source.problem ? undefined : source.load())));
  return {
    sources,
    refresh: async (changed) => {
      await leases.loadIfDue();
      changed();
      await Promise.all(sources().map((source) => (source === leases ? undefined : source.loadIfDue())));
    },
    show,
  };
}

/** @param {Source<Leases>} leases */
function trouble({ problem, data }) {
  const isShown = problem && !(isAway(problem) && data);
  return isShown ? el("div", { key: "trouble" }, problemBox(problem)) : null;
}

/** @param {readonly Lease[]} leases */
function earlier(leases) {
  if (leases.length === 0) return null;
  const items = leases.map((lease) =>
    el(
      "li",
      { key: lease.id },
      el("span", null, lease.planName),
      leaseChip(lease),
      el("span", null, `${t.customer.over} `, moment(lease.until)),
    ),
  );
  return el(
    "section",
    { class: "panel", key: "earlier", "aria-labelledby": "earlier-title" },
    el("div", { class: "panel-head" }, el("h2", { id: "earlier-title" }, t.customer.earlier)),
    el("ul", { class: "rows" }, ...items),
  );
}
