// @ts-check
/** @import { Plan } from "../../types.ts" */
/** @import { Desk } from "./page.js" */
import { post } from "../api.js";
import { openDialog } from "../dialog.js";
import { el } from "../dom.js";
import { form } from "../form.js";
import { fractionDigits, gb, money } from "../format.js";
import { language, t } from "../language.js";
import { newestOnly, panel } from "../panel.js";
import { table } from "../table.js";

const bytesPerGb = 1_000_000_000;

/**
 * @param {Desk} desk
 * @param {boolean} isNext
 */
export function plansPanel(desk, isNext) {
  const { account, sources } = desk;
  const make = el(
    "button",
    { type: "button", class: isNext && "primary", onclick: () => askForPlan(desk) },
    t.plans.make,
  );
  return panel({
    id: "plans",
    title: t.plans.title,
    source: sources.plans,
    action: account.role === "super_admin" && make,
    empty: ({ items }) => items.length === 0 && t.plans.empty,
    body: (page) => [planTable(page.items), newestOnly(page)],
  });
}

/** @param {readonly Plan[]} rows */
function planTable(rows) {
  const words = t.plans;
  return table({
    label: words.title,
    rows,
    key: ({ id }) => id,
    columns: [
      { label: words.name, cell: ({ name }) => name },
      { label: words.length, figure: true, cell: ({ durationDays }) => t.days(durationDays) },
      {
        label: words.quota,
        figure: true,
        cell: ({ trafficBytes }) => (trafficBytes ? gb(Number(trafficBytes)) : t.unlimited),
      },
      { label: words.devices, figure: true, cell: ({ devices }) => devices ?? t.unlimited },
      { label: words.price, figure: true, cell: ({ price }) => money(price) },
    ],
  });
}

/** @param {Desk} desk */
function askForPlan({ sources: { plans, events }, reload }) {
  const currency = plans.data?.items[0]?.price.currency;
  openDialog({
    title: t.plans.make,
    look: "drawer",
    content: (close) => [
      el("p", null, t.plans.makeIntro),
      form({
        name: "plan",
        fields: planFields(currency),
        submit: t.plans.submit,
        onSubmit: async (values) => {
          await post("/plans", toPlan(values));
          await reload(plans, events);
          close();
        },
      }),
    ],
  });
}

/**
 * @param {string | undefined} currency
 * @returns {import("../form.js").Field[]}
 */
function planFields(currency) {
  const words = t.plans;
  const whole = { type: "number", inputmode: "numeric", min: 1, step: 1 };
  return [
    { name: "name", label: words.name, required: true, maxlength: 100 },
    { name: "days", label: words.days, ...whole, max: 3660, value: 30, required: true },
    {
      name: "gb",
      label: words.traffic,
      hint: words.noLimitHint,
      type: "number",
      inputmode: "decimal",
      min: 0.001,
      max: 9_000_000_000,
      step: 0.001,
    },
    { name: "devices", label: words.devices, hint: words.noLimitHint, ...whole, max: 10_000 },
    {
      name: "price",
      label: words.price,
      type: "number",
      inputmode: "decimal",
      min: 0,
      max: 9_000_000_000,
      step: 0.01,
      required: true,
    },
    {
      name: "currency",
      label: words.currency,
      hint: currency ? words.currencyFixed : words.currencyHint,
      value: currency ?? (language === "zh-CN" ? "CNY" : "USD"),
      readonly: currency !== undefined,
      pattern: "[A-Z]{3}",
      maxlength: 3,
      required: true,
    },
  ];
}

/** @param {import("../form.js").Values} values */
function toPlan({ name, days, gb, devices, price, currency = "" }) {
  return {
    name,
    kind: "derp",
    durationDays: Number(days),
    trafficBytes: gb ? String(Math.round(Number(gb) * bytesPerGb)) : null,
    devices: devices ? Number(devices) : null,
    price: { minor: String(Math.round(Number(price) * 10 ** fractionDigits(currency))), currency },
  };
}
