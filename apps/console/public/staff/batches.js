// @ts-check
/** @import { Batch, BatchMade, Plan } from "../../types.ts" */
/** @import { Desk } from "./page.js" */
import { post } from "../api.js";
import { copyButton } from "../copy.js";
import { openDialog } from "../dialog.js";
import { el } from "../dom.js";
import { form } from "../form.js";
import { date, dayMs, moment, number } from "../format.js";
import { t } from "../language.js";
import { newestOnly, panel } from "../panel.js";
import { chip } from "../states.js";
import { table } from "../table.js";

/**
 * @param {Desk} desk
 * @param {boolean} isNext
 */
export function batchesPanel(desk, isNext) {
  const plans = desk.sources.plans.data?.items ?? [];
  const make = el(
    "button",
    { type: "button", class: isNext && "primary", onclick: () => askForBatch(desk, plans) },
    t.batches.make,
  );
  return panel({
    id: "batches",
    title: t.batches.title,
    source: desk.sources.batches,
    action: plans.length > 0 && make,
    empty: ({ items }) => items.length === 0 && (plans.length > 0 ? t.batches.empty : t.batches.emptyNoPlan),
    body: (page) => [batchTable(page.items, plans), newestOnly(page)],
  });
}

/**
 * @param {readonly Batch[]} rows
 * @param {readonly Plan[]} plans
 */
function batchTable(rows, plans) {
  const words = t.batches;
  return table({
    label: words.title,
    rows,
    key: ({ id }) => id,
    columns: [
      { label: words.name, cell: ({ name }) => name },
      { label: words.plan, cell: ({ planId }) => plans.find(({ id }) => id === planId)?.name ?? "–" },
      { label: words.unused, figure: true, cell: ({ unused }) => number(unused) },
      { label: words.used, figure: true, cell: ({ used }) => number(used) },
      { label: words.revoked, figure: true, cell: ({ revoked }) => number(revoked) },
      {
        label: words.payment,
        cell: ({ payment }) => chip(payment === "pending" ? "care" : "good", words.payments[payment]),
      },
      { label: words.redeemBy, cell: ({ redeemBy }) => moment(redeemBy) },
    ],
  });
}

/**
 * @param {Desk} desk
 * @param {readonly Plan[]} plans
 */
function askForBatch({ sources: { batches, events }, reload }, plans) {
  const words = t.batches;
  openDialog({
    title: words.make,
    look: "drawer",
    content: (close) => [
      el("p", null, words.makeIntro),
      form({
        name: "batch",
        fields: [
          { name: "plan", label: words.plan, options: plans.map(({ id, name }) => ({ value: id, label: name })) },
          { name: "name", label: words.name, required: true, maxlength: 100, value: date(new Date()) },
          {
            name: "count",
            label: words.count,
            type: "number",
            inputmode: "numeric",
            min: 1,
            max: 10_000,
            value: 10,
            required: true,
          },
          {
            name: "by",
            label: words.redeemBy,
            type: "date",
            min: date(new Date()),
            value: date(new Date(Date.now() + 365 * dayMs)),
            required: true,
          },
        ],
        submit: words.submit,
        onSubmit: async ({ plan, name, count, by }) => {
          // To the end of that day, where the person is.
          const redeemBy = new Date(`${by}T23:59:59`).toISOString();
          const made = await post("/serial-batches", { planId: plan, name, count: Number(count), redeemBy });
          close();
          showCodes(made);
          await reload(batches, events);
        },
      }),
    ],
  });
}

/** @param {BatchMade} made */
function showCodes({ batch, codes }) {
  const words = t.batches;
  openDialog({
    title: words.codesTitle(codes.length),
    look: "drawer",
    stored: words.stored,
    content: () => [
      el("p", null, words.codesIntro),
      el(
        "textarea",
        { class: "secret", readonly: true, rows: Math.min(12, codes.length + 1), "aria-label": words.codes },
        codes.join("\n"),
      ),
      el(
        "div",
        { class: "actions" },
        copyButton(words.copyAll, () => codes.join("\n"), { class: "primary" }),
        el("button", { type: "button", onclick: () => download(batch, codes) }, words.download),
      ),
    ],
  });
}

/**
 * @param {Batch} batch
 * @param {readonly string[]} codes
 */
function download({ id, redeemBy }, codes) {
  const text = ["serial,redeem_by", ...codes.map((code) => `${code},${redeemBy}`), ""].join("\r\n");
  const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  el("a", { href, download: `${id}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
