// @ts-check
/** @import { Mail } from "../../types.ts" */
/** @import { Desk } from "./page.js" */
import { el } from "../dom.js";
import { ago } from "../format.js";
import { t } from "../language.js";
import { newestOnly, panel } from "../panel.js";
import { icon, mailChip } from "../states.js";
import { table } from "../table.js";

/** The outbox. Without a mail server this is where codes of new accounts are read. */
/** @param {Desk} desk */
export function mailsPanel({ sources: { mails } }) {
  const words = t.mails;
  return panel({
    id: "mails",
    title: words.title,
    source: mails,
    empty: ({ items }) => items.length === 0 && words.empty,
    body: (page) => [
      page.items.some(({ state }) => state === "kept") &&
        el("p", { class: "note", key: "note" }, icon("care"), el("span", null, words.noServer)),
      mailTable(page.items),
      newestOnly(page),
    ],
  });
}

/** @param {readonly Mail[]} rows */
function mailTable(rows) {
  const words = t.mails;
  return table({
    label: words.title,
    rows,
    key: ({ id }) => id,
    columns: [
      { label: words.address, cell: ({ address }) => address },
      {
        label: words.subject,
        wide: true,
        cell: ({ subject, body }) =>
          body ? el("details", null, el("summary", null, subject), el("p", { class: "mail" }, body)) : subject,
      },
      { label: words.state, cell: ({ state, error }) => [mailChip(state), error && el("p", { class: "hint" }, error)] },
      { label: words.at, cell: ({ createdAt }) => ago(createdAt) },
    ],
  });
}
