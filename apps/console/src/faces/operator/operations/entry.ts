import type { Entry } from "../../../entry.ts";
import { operationsWords } from "../../../i18n/areas.ts";

export const operationsEntry: Entry = {
  path: "/operator/operations",
  permission: "nodes.read",
  words: [operationsWords],
  page: () => import("./page.tsx"),
  nav: { label: "operations", icon: "operations", group: "run" },
};
