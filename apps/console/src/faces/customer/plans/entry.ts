import type { Entry } from "../../../entry.ts";
import { plansWords } from "../../../i18n/areas.ts";

export const onSaleEntry: Entry = {
  path: "/plans",
  permission: "plans.read",
  words: [plansWords],
  page: () => import("./page.tsx"),
  nav: { label: "plans", icon: "plans" },
};
