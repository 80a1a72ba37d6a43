import { area } from "@berth/ui/words/words.ts";

export const derpWords = area(
  "derp",
  () => import("./words/zh-CN.ts"),
  () => import("./words/en.ts"),
);
