import { area } from "@berth/ui/words/words.ts";

/** One line for the words of each page or part: loaded with it, in the language that is read. */
export const navWords = area(
  "nav",
  () => import("./zh-CN/nav.ts"),
  () => import("./en/nav.ts"),
);
export const accountWords = area(
  "account",
  () => import("./zh-CN/account.ts"),
  () => import("./en/account.ts"),
);
export const nodeWords = area(
  "nodes",
  () => import("./zh-CN/nodes.ts"),
  () => import("./en/nodes.ts"),
);
export const overviewWords = area(
  "overview",
  () => import("./zh-CN/overview.ts"),
  () => import("./en/overview.ts"),
);
export const eventWords = area(
  "events",
  () => import("./zh-CN/events.ts"),
  () => import("./en/events.ts"),
);
export const serviceWords = area(
  "services",
  () => import("./zh-CN/services.ts"),
  () => import("./en/services.ts"),
);
export const accountsWords = area(
  "accounts",
  () => import("./zh-CN/accounts.ts"),
  () => import("./en/accounts.ts"),
);
export const leasesWords = area(
  "leases",
  () => import("./zh-CN/leases.ts"),
  () => import("./en/leases.ts"),
);
export const ordersWords = area(
  "orders",
  () => import("./zh-CN/orders.ts"),
  () => import("./en/orders.ts"),
);
export const plansWords = area(
  "plans",
  () => import("./zh-CN/plans.ts"),
  () => import("./en/plans.ts"),
);
export const serialsWords = area(
  "serials",
  () => import("./zh-CN/serials.ts"),
  () => import("./en/serials.ts"),
);
export const auditWords = area(
  "audit",
  () => import("./zh-CN/audit.ts"),
  () => import("./en/audit.ts"),
);
export const outboxWords = area(
  "outbox",
  () => import("./zh-CN/outbox.ts"),
  () => import("./en/outbox.ts"),
);
export const meWords = area(
  "me",
  () => import("./zh-CN/me.ts"),
  () => import("./en/me.ts"),
);
export const settingsWords = area(
  "settings",
  () => import("./zh-CN/settings.ts"),
  () => import("./en/settings.ts"),
);
export const operationsWords = area(
  "operations",
  () => import("./zh-CN/operations.ts"),
  () => import("./en/operations.ts"),
);
export const helpWords = area(
  "help",
  () => import("./zh-CN/help.ts"),
  () => import("./en/help.ts"),
);
