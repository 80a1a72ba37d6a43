import type { Entry } from "../../../entry.ts";
import { accountWords, eventWords, meWords } from "../../../i18n/areas.ts";

export const meEntry: Entry = {
  path: "/me/{-$tab}",
  words: [meWords, accountWords, eventWords],
  page: () => import("./page.tsx"),
  nav: { label: "me", icon: "account", isBottom: true },
};
