// @ts-check
/** @import { Knock, Lease } from "../../types.ts" */
/** @import { Berth } from "./page.js" */
import { post } from "../api.js";
import { el } from "../dom.js";
import { form } from "../form.js";
import { ago } from "../format.js";
import { t } from "../language.js";
import { icon } from "../states.js";
import { shortKey } from "./devices.js";

/**
 * Keys that wait to be let in; nothing while nobody knocks.
 * @param {Lease} lease
 * @param {Berth} berth
 */
export function knocksPart(lease, berth) {
  const items = berth.parts.knocks.data?.items ?? [];
  if (items.length === 0) return null;
  return el(
    "section",
    { class: "part knocking", key: "knocks" },
    el("h3", null, icon("care"), t.knocks.title),
    el("p", { class: "hint" }, t.knocks.intro),
    el("ul", { class: "rows" }, ...items.map((knock) => row(knock, lease, berth))),
  );
}

/**
 * @param {Knock} knock
 * @param {Lease} lease
 * @param {Berth} berth
 */
function row({ key, address, lastAt, count }, lease, { parts, reload }) {
  const words = t.knocks;
  const digits = key.replace(/^nodekey:/, "");
  return el(
    "li",
    { key },
    el(
      "div",
      { class: "name" },
      el("code", { title: key }, shortKey(key)),
      el("p", { class: "hint" }, `${words.from} ${address} · `, ago(lastAt), ` · ${words.tries(Number(count))}`),
    ),
    form({
      name: `admit-${digits}`,
      inline: true,
      fields: [
        {
          name: "name",
          label: words.name,
          hideLabel: true,
          required: true,
          maxlength: 100,
          value: words.defaultName(digits.slice(0, 4)),
        },
      ],
      submit: words.admit,
      onSubmit: async ({ name }) => {
        await post(`/leases/${lease.id}/devices`, { name, key });
        await reload(parts.devices, parts.knocks);
      },
    }),
  );
}
