// @ts-check
import { el } from "./dom.js";
import { form } from "./form.js";
import { t } from "./language.js";

/**
 * Opens a dialog; focus returns to where it was when it closes.
 * @param {object} options
 * @param {string} options.title
 * @param {"drawer" | "modal"} [options.look]
 * @param {string} [options.stored] what must be ticked before it closes, where closing loses something
 * @param {(close: () => void) => (Node | false | undefined)[]} options.content
 */
export function openDialog({ title, look = "modal", stored, content }) {
  const titleId = `dialog-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const tick = el("input", { type: "checkbox" });
  const mayClose = () => !stored || tick.checked;
  const close = el("button", { type: "button", disabled: Boolean(stored), onclick: () => shown.close() }, t.close);
  tick.onchange = () => {
    close.disabled = !tick.checked;
  };
  const shown = el(
    "dialog",
    { class: look, "aria-labelledby": titleId },
    el("div", { class: "dialog-head" }, el("h2", { id: titleId }, title), !stored && close),
    el("div", { class: "dialog-body" }, ...content(() => shown.close())),
    Boolean(stored) && el("div", { class: "dialog-foot" }, el("label", { class: "tick" }, tick, stored), close),
  );
  shown.addEventListener("cancel", (event) => {
    if (!mayClose()) event.preventDefault();
  });
  // Browsers let a second Escape through, whatever became of the first.
  shown.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !mayClose()) event.preventDefault();
  });
  shown.addEventListener("close", () => shown.remove());
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/**
 * Asks before something that others feel.
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.what what will happen
 * @param {string} options.action the button: verb and object
 * @param {() => Promise<void>} options.onConfirm
 */
export function confirmDialog({ title, what, action, onConfirm }) {
  openDialog({
    title,
    content: (close) => [
      el("p", null, what),
      form({
        name: "confirm",
        fields: [],
        submit: action,
        look: "danger",
        onSubmit: async () => {
          await onConfirm();
          close();
        },
      }),
    ],
  });
}
