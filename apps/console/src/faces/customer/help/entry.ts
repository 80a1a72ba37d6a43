import type { Entry } from "../../../entry.ts";
import { helpWords } from "../../../i18n/areas.ts";

export const helpEntry: Entry = {
  path: "/help/{-$guide}",
  words: [helpWords],
  page: () => import("./page.tsx"),
  nav: { label: "help", icon: "help", isBottom: true },
};
