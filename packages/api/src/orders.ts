import { z } from "zod";
import { price } from "./catalogue.ts";
import { lease } from "./leases.ts";
import { pageInput, pageOf, route } from "./route.ts";
import { idOf, time } from "./values.ts";

export const order = z.object({
  id: idOf("order"),
  accountId: z.string(),
  planId: z.string(),
  kind: z.enum(["redemption"]),
  state: z.enum(["completed"]),
  leaseId: z.string(),
  price,
  createdAt: time,
});

export const redeemSerial = route({
  method: "POST",
  path: "/redemptions",
  permission: "redemptions.make",
  limit: "redeem",
  summary: "Redeem a serial: an order and a lease, at once and only once",
  input: z.object({ code: z.string().min(1).max(64) }),
  reply: z.object({ order, lease }),
});

export const listOrders = route({
  method: "GET",
  path: "/orders",
  permission: "orders.read",
  summary: "One's own orders, or for staff everybody's, newest first",
  input: z.object({ ...pageInput }),
  reply: pageOf(order),
  csv: "orders",
});
