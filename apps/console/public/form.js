// @ts-check
import { el } from "./dom.js";
import { problemBox, toProblem } from "./problem.js";

/** @typedef {{ name: string, label: string, hint?: string, options?: { value: string, label: string }[], hideLabel?: boolean, [attribute: string]: unknown }} Field */
/** @typedef {Record<string, string>} Values */

/**
 * A form that can't be sent twice at once and shows what was refused below its fields.
 * @param {object} options
 * @param {string} options.name unlike any other on the page
 * @param {Field[]} options.fields
 * @param {string} options.submit
 * @param {string} [options.look] `primary` or `danger`
 * @param {boolean} [options.inline] fields and button in one row where there is room
 * @param {(Node | false | undefined)[]} [options.more] beside the button
 * @param {(values: Values, form: HTMLFormElement) => Promise<void>} options.onSubmit
 */
export function form({ name, fields, submit, look = "primary", inline = false, more = [], onSubmit }) {
  return el(
    "form",
    {
      method: "post",
      name,
      key: name,
      class: inline ? "inline" : null,
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        void send(/** @type {HTMLFormElement} */ (event.currentTarget), onSubmit);
      },
    },
    el("div", { class: "fields" }, ...fields.map((field) => fieldRow(name, field))),
    el("div", { class: "refusal", "data-keep": true }),
    el("div", { class: "actions" }, el("button", { type: "submit", class: look }, submit), ...more),
  );
}

/**
 * @param {HTMLFormElement} shown
 * @param {(values: Values, form: HTMLFormElement) => Promise<void>} onSubmit
 */
async function send(shown, onSubmit) {
  if (shown.dataset.busy !== undefined) return;
  const refusal = /** @type {HTMLElement} */ (shown.querySelector(".refusal"));
  shown.dataset.busy = "";
  shown.setAttribute("aria-busy", "true");
  refusal.replaceChildren();
  try {
    await onSubmit(valuesOf(shown), shown);
  } catch (error) {
    refusal.replaceChildren(problemBox(toProblem(error)));
  } finally {
    delete shown.dataset.busy;
    shown.removeAttribute("aria-busy");
  }
}

/** @param {HTMLFormElement} shown */
function valuesOf(shown) {
  /** @type {Values} */
  const values = {};
  for (const [name, value] of new FormData(shown)) values[name] = String(value);
  return values;
}

/**
 * @param {string} formName
 * @param {Field} field
 */
function fieldRow(formName, { label, hint, options, hideLabel, ...attributes }) {
  const hintId = `${formName}-${attributes.name}-hint`;
  const props = { ...attributes, "aria-describedby": hint ? hintId : null };
  const control = options
    ? el("select", props, ...options.map(({ value, label }) => el("option", { key: value, value }, label)))
    : el("input", { type: "text", autocomplete: "off", ...props });
  return el(
    "div",
    { class: "field", key: attributes.name },
    el("label", null, el("span", { class: hideLabel ? "offscreen" : "label" }, label), control),
    hint && el("p", { class: "hint", id: hintId }, hint),
  );
}
