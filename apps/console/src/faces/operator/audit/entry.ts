import type { Entry } from "../../../entry.ts";
import { auditWords, eventWords } from "../../../i18n/areas.ts";

export const auditEntry: Entry = {
  path: "/operator/audit",
  permission: "events.read",
  words: [auditWords, eventWords],
  page: () => import("./page.tsx"),
  nav: { label: "audit", icon: "audit", group: "run" },
};
