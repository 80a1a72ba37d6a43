import type { Entry } from "../../../entry.ts";
import { ordersWords } from "../../../i18n/areas.ts";

export const ordersEntry: Entry = {
  path: "/operator/orders",
  permission: "orders.read",
  words: [ordersWords],
  page: () => import("./page.tsx"),
  nav: { label: "orders", icon: "orders", group: "selling" },
};
