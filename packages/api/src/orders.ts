import { z } from "zod";
import { price } from "./catalogue.ts";
import { lease } from "./leases.ts";
import { countsOf, listInput, listOf, search, several } from "./list.ts";
import { route } from "./route.ts";
import { idOf, time } from "./values.ts";

const orderKinds = ["redemption"] as const;
const orderStates = ["completed"] as const;

export const order = z.object({
  id: idOf("order"),
  accountId: z.string(),
  planId: z.string(),
  kind: z.enum(orderKinds),
  state: z.enum(orderStates),
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
  summary: "One's own orders, or for staff everybody's",
  input: listInput(["-created", "price"], {
    q: search.describe("begin of an id of an order, a lease or an account, or of the account's name"),
    state: several(orderStates).optional(),
    kind: several(orderKinds).optional(),
    accountId: z.string().max(64).optional(),
    planId: z.string().max(64).optional(),
    leaseId: z.string().max(64).optional(),
    from: time.optional().describe("made at this moment or later"),
    to: time.optional().describe("made before this moment"),
  }),
  reply: listOf(order.extend({ accountName: z.string(), planName: z.string() })),
  csv: "orders",
});

export const countOrders = route(countsOf(listOrders, orderStates));
