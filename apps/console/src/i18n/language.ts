import { type Language, languages } from "@berth/ui/words/words.ts";

const key = "berth.language";

/** What somebody chose in this browser, else what the browser asks for. */
export function firstLanguage(): Language {
  const kept = languages.find((one) => one === localStorage.getItem(key));
  if (kept) return kept;
  const wanted = navigator.languages.find((one) => /^(zh|en)\b/i.test(one)) ?? "en";
  return /^zh/i.test(wanted) ? "zh-CN" : "en";
}

export function keepLanguage(language: string): void {
  localStorage.setItem(key, language);
}
