import type { Entry } from "../../../entry.ts";
import { accountsWords, eventWords } from "../../../i18n/areas.ts";

export const accountsEntry: Entry = {
  path: "/operator/accounts",
  permission: "accounts.read",
  words: [accountsWords],
  page: () => import("./page.tsx"),
  nav: { label: "accounts", icon: "customers", group: "customers", isBottom: true },
};

export const accountEntry: Entry = {
  path: "/operator/accounts/$accountId/{-$tab}",
  permission: "accounts.read",
  words: [accountsWords, eventWords],
  page: () => import("./account.tsx"),
};
