import type { Entry } from "../../../entry.ts";
import { plansWords } from "../../../i18n/areas.ts";

export const plansEntry: Entry = {
  path: "/operator/plans",
  permission: "plans.write",
  words: [plansWords],
  page: () => import("./page.tsx"),
  nav: { label: "plans", icon: "plans", group: "selling" },
};

export const newPlanEntry: Entry = {
  path: "/operator/plans/new",
  permission: "plans.write",
  words: [plansWords],
  page: () => import("./new-plan.tsx"),
};
