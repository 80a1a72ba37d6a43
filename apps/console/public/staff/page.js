// @ts-check
/** @import { Account, Accounts, Batches, Events, Leases, Mails, Nodes, Plans, Usage } from "../../types.ts" */
import { get } from "../api.js";
import { el } from "../dom.js";
import { showPage } from "../frame.js";
import { t } from "../language.js";
import { Source } from "../source.js";
import { attention } from "./attention.js";
import { batchesPanel } from "./batches.js";
import { eventsPanel } from "./events.js";
import { leasesPanel } from "./leases.js";
import { mailsPanel } from "./mails.js";
import { nodesPanel } from "./nodes.js";
import { plansPanel } from "./plans.js";
import { nextStep, stepsPanel } from "./steps.js";
import { lastDay, usagePanel } from "./usage.js";

const most = 50;
const seldom = { everyMs: 20_000 };

/** What the staff's page knows. */
/** @typedef {ReturnType<typeof makeSources>} Sources */

/**
 * What a panel needs besides its data.
 * @typedef {{ account: Account, sources: Sources, reload: (...sources: Source<any>[]) => Promise<void> }} Desk
 */

function makeSources() {
  return {
    /** @type {Source<Nodes>} */
    nodes: new Source(() => get("/nodes", { limit: most })),
    /** @type {Source<Leases>} */
    leases: new Source(() => get("/leases", { limit: most })),
    /** @type {Source<Usage>} */
    usage: new Source(() => get("/usage", lastDay())),
    /** @type {Source<Plans>} */
    plans: new Source(() => get("/plans", { limit: most }), seldom),
    /** @type {Source<Batches>} */
    batches: new Source(() => get("/serial-batches", { limit: most }), seldom),
    /** @type {Source<Mails>} */
    mails: new Source(() => get("/notices/outbox", { limit: 20 })),
    /** @type {Source<Events>} */
    events: new Source(() => get("/events", { limit: 20 })),
    /** Names for the ids in the others. @type {Source<Accounts>} */
    accounts: new Source(() => get("/accounts", { limit: 100 }), seldom),
  };
}

/**
 * @param {Account} account
 * @returns {import("../home.js").Home}
 */
export function staffPage(account) {
  const sources = makeSources();
  const all = Object.values(sources);
  const show = () => {
    const content = [el("h1", { class: "offscreen" }, t.staff.title), ...panels({ account, sources, reload })];
    showPage({ title: t.staff.title, account, sources: all, again: show, content });
  };
  /** @param {Source<any>[]} changed */
  const reload = async (...changed) => {
    await Promise.all(changed.map((source) => source.load()));
    show();
  };
  return {
    sources: () => all,
    refresh: async () => {
      await Promise.all(all.map((source) => source.loadIfDue()));
    },
    show,
  };
}

/** @param {Desk} desk */
function panels(desk) {
  const primary = nextStep(desk.sources);
  return [
    attention(desk.sources),
    stepsPanel(desk),
    sections(),
    nodesPanel(desk, primary === "node"),
    leasesPanel(desk),
    usagePanel(desk),
    plansPanel(desk, primary === "plan"),
    batchesPanel(desk, primary === "serials"),
    mailsPanel(desk),
    eventsPanel(desk),
  ];
}

function sections() {
  const names = /** @type {const} */ (["nodes", "leases", "usage", "plans", "batches", "mails", "events"]);
  const links = names.map((name) =>
    el("li", null, el("a", { href: `#${name}` }, name === "usage" ? t.usage.short : t[name].title)),
  );
  return el("nav", { class: "sections", key: "sections", "aria-label": t.staff.sections }, el("ul", null, ...links));
}
