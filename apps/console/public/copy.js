// @ts-check
import { el } from "./dom.js";
import { t } from "./language.js";

const saidMs = 2_000;

/**
 * Copies a text and says so on itself.
 * @param {string} label
 * @param {() => string} text
 * @param {{ class?: string }} [props]
 */
export function copyButton(label, text, props = {}) {
  const onclick = async (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    if (button.dataset.busy !== undefined) return;
    await copy(text());
    button.dataset.busy = "";
    button.textContent = t.copied;
    setTimeout(() => {
      delete button.dataset.busy;
      button.textContent = label;
    }, saidMs);
  };
  return el("button", { type: "button", "aria-live": "polite", ...props, onclick }, label);
}

/** The clipboard proper exists only on https and on one's own machine. */
/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { class: "offscreen", readonly: true }, text);
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
