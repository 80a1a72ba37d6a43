// @ts-check
/** @import { Account } from "../types.ts" */
/** @import { Child } from "./dom.js" */
/** @import { Source } from "./source.js" */
import { post } from "./api.js";
import { el, svg } from "./dom.js";
import { dateTime, zone } from "./format.js";
import { language, languages, setLanguage, t } from "./language.js";
import { morph } from "./morph.js";
import { explain, isAway } from "./problem.js";
import { icon } from "./states.js";

const app = /** @type {HTMLElement} */ (document.getElementById("app"));

/**
 * Shows a page; shown again, it changes only what differs.
 * @param {object} page
 * @param {string} page.title
 * @param {Account} [page.account]
 * @param {readonly Source<any>[]} [page.sources] of which the page's age is told
 * @param {string} [page.look] `narrow` for pages with one form
 * @param {() => void} page.again shows it anew, in another language
 * @param {Child[]} page.content
 */
export function showPage({ title, account, sources = [], look = "", again, content }) {
  document.title = `${title} · ${t.brand}`;
  const fresh = el(
    "div",
    { id: "app", lang: language },
    el("a", { class: "skip", href: "#content" }, t.skip),
    header(account, again),
    awayStrip(sources),
    el("main", { id: "content", class: look, tabindex: "-1" }, ...content),
    footer(sources),
  );
  morph(app, fresh);
}

/**
 * @param {Account | undefined} account
 * @param {() => void} again
 */
function header(account, again) {
  return el(
    "header",
    { class: "top" },
    el("a", { class: "brand", href: "/" }, mark(), t.brand),
    account &&
      el(
        "p",
        { class: "who", key: "who" },
        el("strong", null, account.username),
        " ",
        el("span", null, t.roles[account.role]),
      ),
    el("div", { class: "top-actions" }, languageSwitch(again), account && signOutButton()),
  );
}

function mark() {
  const path = svg("path", { d: "M4 9h6v6h4V9h6" });
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "mark", "aria-hidden": "true" },
    svg("rect", { width: 24, height: 24, rx: 6 }),
    path,
  );
}

/** @param {() => void} again */
function languageSwitch(again) {
  const entries = /** @type {[import("./language.js").Language, string][]} */ (Object.entries(languages));
  const buttons = entries.map(([value, label]) =>
    el(
      "button",
      {
        type: "button",
        lang: value,
        "aria-pressed": String(value === language),
        onclick: () => {
          setLanguage(value);
          again();
        },
      },
      label,
    ),
  );
  return el("div", { class: "segments", role: "group", "aria-label": t.language }, ...buttons);
}

function signOutButton() {
  const onclick = async () => {
    await post("/me/sign-out").catch(() => {});
    location.assign("/sign-in");
  };
  return el("button", { type: "button", key: "sign-out", onclick }, t.signOut);
}

/** @param {readonly Source<any>[]} sources */
function awayStrip(sources) {
  const away = sources.find(({ problem }) => isAway(problem));
  if (!away?.problem) return null;
  const oldest = Math.min(...sources.flatMap(({ at }) => at ?? []));
  const why = explain(away.problem);
  const text = Number.isFinite(oldest) ? t.away(why, dateTime(new Date(oldest))) : t.awayAtFirst(why);
  return el("p", { class: "away", role: "status", key: "away" }, icon("care"), el("span", null, text));
}

/** @param {readonly Source<any>[]} sources */
function footer(sources) {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const times = sources.flatMap(({ at }) => at ?? []);
  if (times.length === 0) return null;
  const seconds = String(new Date(Math.max(...times)).getSeconds()).padStart(2, "0");
  return el(
    "footer",
    null,
    el("p", null, t.footer(name === "UTC" ? name : `${zone()} (${name})`)),
    el("p", { class: "figure" }, t.updated(`${dateTime(new Date(Math.max(...times)))}:${seconds}`)),
  );
}
