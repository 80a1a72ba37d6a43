// @ts-check
/** @import { Child } from "./dom.js" */
import { el } from "./dom.js";

/**
 * A table that turns into cards where it finds no room. Roles are named, since a table that is laid out otherwise loses them.
 * @template Row
 * @param {object} options
 * @param {string} options.label
 * @param {{ label: string, cell: (row: Row) => Child | Child[], figure?: boolean, wide?: boolean }[]} options.columns the first names the row
 * @param {readonly Row[]} options.rows
 * @param {(row: Row) => string} options.key
 * @param {string} [options.look] `log` for long lists of small things, `dense` when the wide column needs a line of its own early
 */
export function table({ label, columns, rows, key, look }) {
  const head = columns.map(({ label, figure, wide }) =>
    el("th", { role: "columnheader", scope: "col", class: (figure && "number") || (wide && "wide") }, label),
  );
  const cells = (/** @type {Row} */ row) =>
    columns.map(({ label, cell, figure, wide }, at) =>
      el(
        at === 0 ? "th" : "td",
        {
          role: at === 0 ? "rowheader" : "cell",
          scope: at === 0 && "row",
          class: (figure && "number") || (wide && "wide"),
          "data-label": label,
        },
        el("div", null, cell(row)),
      ),
    );
  return el(
    "table",
    { role: "table", class: look, "aria-label": label },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...head)),
    el("tbody", { role: "rowgroup" }, ...rows.map((row) => el("tr", { role: "row", key: key(row) }, ...cells(row)))),
  );
}
