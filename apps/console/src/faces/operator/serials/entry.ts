import type { Entry } from "../../../entry.ts";
import { eventWords, serialsWords } from "../../../i18n/areas.ts";

export const batchesEntry: Entry = {
  path: "/operator/serials",
  permission: "serials.read",
  words: [serialsWords],
  page: () => import("./page.tsx"),
  nav: { label: "serials", icon: "serials", group: "selling" },
};

export const batchEntry: Entry = {
  path: "/operator/serials/$batchId",
  permission: "serials.read",
  words: [serialsWords, eventWords],
  page: () => import("./batch.tsx"),
};
