import type { Entry } from "../../../entry.ts";
import { accountsWords, settingsWords } from "../../../i18n/areas.ts";

export const settingsEntry: Entry = {
  path: "/operator/settings/{-$tab}",
  permission: "settings.read",
  words: [settingsWords, accountsWords],
  page: () => import("./page.tsx"),
  nav: { label: "settings", icon: "settings", group: "run" },
};
