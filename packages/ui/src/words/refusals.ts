import type { Problem } from "@berth/api";
import { type Area, findWord, type Language } from "./words.ts";

export const refusalWords: Area<unknown> = {
  name: "refusals",
  load: {
    "zh-CN": () => import("./refusals-zh.ts"),
    en: () => import("./refusals-en.ts"),
  },
};

/** Why control refused, in the reader's language, as a sentence. */
export function explain(problem: Problem, language: Language): string {
  const said = findWord(refusalWords, problem.code, valuesOf(problem)) ?? problem.detail;
  return sentence(said, language);
}

function valuesOf(problem: Problem): Record<string, string | number> {
  const plain = Object.entries(problem).filter(([, value]) => typeof value === "string" || typeof value === "number");
  const values = Object.fromEntries(plain) as Record<string, string | number>;
  const seconds = Number(values.retryAfterSeconds);
  return Number.isFinite(seconds) ? { ...values, retryAfterMinutes: Math.ceil(seconds / 60) } : values;
}

/** Control's messages are lower case without a full stop: they stand in the middle of others, too. */
export function sentence(text: string, language: Language): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  if (/[.!?。！？]$/.test(whole)) return whole;
  return `${whole}${language === "zh-CN" && /[\u4e00-\u9fff]/.test(whole) ? "。" : "."}`;
}
