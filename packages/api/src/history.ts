import { z } from "zod";
import { accountId } from "./accounts.ts";
import { several } from "./list.ts";
import { pageInput, pageOf, route } from "./route.ts";
import { time } from "./values.ts";

export const historyKinds = ["leases", "orders", "sign-ins", "configurations", "account"] as const;

/** Something that happened to an account or what it leases. */
const happened = z.object({
  id: z.string(),
  at: time,
  kind: z.enum(historyKinds),
  name: z.string().describe("of the event, as `leases.granted`"),
  by: z.enum(["owner", "staff", "nobody", "system"]).describe("nobody: who was not signed in, as by a secret address"),
  leaseId: z.string().nullable(),
  address: z.string().nullable().describe("from where; its block only, for who may not see personal data"),
  agent: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});

const filter = { ...pageInput, kind: several(historyKinds).optional() };

export const listMyHistory = route({
  method: "GET",
  path: "/me/history",
  permission: "self",
  beforeSecondFactor: true,
  summary: "What happened to one's own account, newest first: leases, orders, sign-ins, configurations fetched",
  input: z.object(filter),
  reply: pageOf(happened),
});

export const listHistory = route({
  method: "GET",
  path: "/accounts/:accountId/history",
  permission: "accounts.read",
  summary: "What happened to an account, newest first: leases, orders, sign-ins, configurations fetched",
  input: z.object({ ...filter, accountId }),
  reply: pageOf(happened),
});
