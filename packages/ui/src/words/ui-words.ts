import { area, useWords } from "./words.ts";

/** The words of this package: the application loads them before it shows anything. */
export const uiWords = area(
  "ui",
  () => import("./zh-CN.ts"),
  () => import("./en.ts"),
);

export const useUi = () => useWords(uiWords);
