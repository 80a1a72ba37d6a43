// @ts-check
/** @import { Event } from "../../types.ts" */
/** @import { Desk, Sources } from "./page.js" */
import { el } from "../dom.js";
import { ago, shortId } from "../format.js";
import { t } from "../language.js";
import { panel } from "../panel.js";
import { table } from "../table.js";
import { accountName } from "./leases.js";

/** @param {Desk} desk */
export function eventsPanel({ sources }) {
  return panel({
    id: "events",
    title: t.events.title,
    source: sources.events,
    empty: ({ items }) => items.length === 0 && t.events.empty,
    body: ({ items }) => [eventTable(items, sources)],
  });
}

/**
 * @param {readonly Event[]} rows
 * @param {Sources} sources
 */
function eventTable(rows, sources) {
  const words = t.events;
  return table({
    label: words.title,
    look: "log",
    rows,
    key: ({ id }) => id,
    columns: [
      {
        label: words.what,
        cell: ({ name }) => el("span", { title: name }, t.eventNames[name] ?? el("code", null, name)),
      },
      { label: words.at, cell: ({ at }) => ago(at) },
      { label: words.who, cell: ({ actor }) => actorName(actor, sources) },
      { label: words.subject, wide: true, cell: (event) => subjects(event, sources) },
    ],
  });
}

/**
 * @param {string} actor
 * @param {Sources} sources
 */
function actorName(actor, { accounts, nodes }) {
  if (actor.startsWith("account_")) return accountName(actor, accounts.data);
  if (actor.startsWith("node_")) return nodes.data?.items.find(({ id }) => id === actor)?.name ?? shortId(actor);
  if (actor === "anonymous") return t.events.anonymous;
  return el("span", { title: actor }, t.events.system);
}

/**
 * @param {Event} event
 * @param {Sources} sources
 */
function subjects({ accountId, leaseId, nodeId, actor }, { accounts, nodes, leases }) {
  const found = [];
  if (nodeId) found.push(nodes.data?.items.find(({ id }) => id === nodeId)?.name ?? shortId(nodeId));
  if (leaseId) found.push(leases.data?.items.find(({ id }) => id === leaseId)?.planName ?? shortId(leaseId));
  if (accountId && accountId !== actor) found.push(accountName(accountId, accounts.data));
  return found.length === 0 ? "–" : found.flatMap((part, index) => (index === 0 ? [part] : [" · ", part]));
}
