// @ts-check
import { en } from "./words/en.js";
import { zh } from "./words/zh.js";

const dictionaries = { "zh-CN": zh, en };
const place = "berth.language";

/** @typedef {keyof typeof dictionaries} Language */

export const languages = /** @type {const} */ ({ "zh-CN": "中文", en: "English" });

/** @type {Language} */
export let language = chosen() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en");

/** The words of the present language. */
export let t = dictionaries[language];

applyLanguage();

/** @param {Language} next */
export function setLanguage(next) {
  language = next;
  t = dictionaries[next];
  applyLanguage();
  try {
    localStorage.setItem(place, next);
  } catch {
    // Storage may be switched off; then the choice lasts as long as the page.
  }
}

function applyLanguage() {
  document.documentElement.lang = language;
}

/** @returns {Language | undefined} */
function chosen() {
  try {
    const kept = localStorage.getItem(place);
    return kept !== null && Object.hasOwn(dictionaries, kept) ? /** @type {Language} */ (kept) : undefined;
  } catch {
    return undefined;
  }
}
