// @ts-check
/** @import { Accounts, Instance, Lease } from "../../types.ts" */
/** @import { Desk } from "./page.js" */
import { addressOf } from "../address.js";
import { el } from "../dom.js";
import { gb, moment, shortId, traffic } from "../format.js";
import { t } from "../language.js";
import { newestOnly, panel } from "../panel.js";
import { quotaBar } from "../quota.js";
import { instanceChip, leaseChip } from "../states.js";
import { table } from "../table.js";

/** @param {Desk} desk */
export function leasesPanel({ sources: { leases, accounts } }) {
  return panel({
    id: "leases",
    title: t.leases.title,
    source: leases,
    empty: ({ items }) => items.length === 0 && t.leases.empty,
    body: (page) => [leaseTable(page.items, accounts.data), newestOnly(page)],
  });
}

/**
 * @param {readonly Lease[]} rows
 * @param {Accounts | undefined} accounts
 */
function leaseTable(rows, accounts) {
  const words = t.leases;
  return table({
    label: words.title,
    look: "dense",
    rows,
    key: ({ id }) => id,
    columns: [
      { label: words.account, cell: ({ accountId }) => accountName(accountId, accounts) },
      { label: words.plan, cell: ({ planName }) => planName },
      { label: words.state, cell: leaseChip },
      { label: words.used, figure: true, cell: usedOf },
      { label: words.until, cell: ({ until }) => moment(until) },
      { label: words.instances, wide: true, cell: ({ instances }) => instanceList(instances) },
    ],
  });
}

/**
 * @param {string} accountId
 * @param {Accounts | undefined} accounts
 */
export function accountName(accountId, accounts) {
  const found = accounts?.items.find(({ id }) => id === accountId);
  return found ? el("span", { title: found.email }, found.username) : shortId(accountId);
}

/** @param {Lease} lease */
function usedOf({ usedBytes, trafficBytes }) {
  if (trafficBytes === null) return traffic(usedBytes);
  const of = t.leases.usedOf(gb(Number(usedBytes)), gb(Number(trafficBytes)));
  return [
    el("span", { class: "figure", title: t.exactBytes(usedBytes) }, of),
    quotaBar(Number(usedBytes), Number(trafficBytes)),
  ];
}

/** @param {readonly Instance[]} instances */
function instanceList(instances) {
  if (instances.length === 0) return t.leases.noInstances;
  return el(
    "ul",
    { class: "instances" },
    ...instances.map((instance) =>
      el(
        "li",
        { key: instance.id },
        el("span", null, instance.nodeName),
        instanceChip(instance),
        el("code", null, addressOf(instance)),
      ),
    ),
  );
}
