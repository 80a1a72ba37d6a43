import type { Entry } from "../../../entry.ts";
import { ordersWords } from "../../../i18n/areas.ts";

export const ordersEntry: Entry = {
  path: "/orders",
  permission: "orders.read",
  words: [ordersWords],
  page: () => import("./page.tsx"),
  nav: { label: "orders", icon: "orders" },
};
