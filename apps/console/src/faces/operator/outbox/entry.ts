import type { Entry } from "../../../entry.ts";
import { outboxWords } from "../../../i18n/areas.ts";

export const outboxEntry: Entry = {
  path: "/operator/outbox",
  permission: "notices.read",
  words: [outboxWords],
  page: () => import("./page.tsx"),
  nav: { label: "outbox", icon: "outbox", group: "run" },
};
