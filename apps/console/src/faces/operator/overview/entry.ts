import type { Entry } from "../../../entry.ts";
import { eventWords, overviewWords } from "../../../i18n/areas.ts";

export const overviewEntry: Entry = {
  path: "/operator",
  words: [overviewWords, eventWords],
  page: () => import("./page.tsx"),
  nav: { label: "overview", icon: "overview", isBottom: true },
};
