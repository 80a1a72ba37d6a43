import type { Entry } from "../../../entry.ts";
import { serviceWords } from "../../../i18n/areas.ts";

export const redeemEntry: Entry = {
  path: "/redeem",
  permission: "redemptions.make",
  words: [serviceWords],
  page: () => import("./page.tsx"),
  nav: { label: "redeem", icon: "redeem", isBottom: true },
};
