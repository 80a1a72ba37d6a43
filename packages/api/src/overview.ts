import { z } from "zod";
import { route } from "./route.ts";
import { time } from "./values.ts";

const need = z.object({
  kind: z.enum([
    "nodes_offline",
    "nodes_not_reachable",
    "traffic_running_out",
    "instances_failed",
    "mails_failed",
    "no_mail_server",
    "certificates_expiring",
  ]),
  count: z.number().int(),
  customers: z.number().int().nullable().describe("accounts that are affected, where that can be said"),
  examples: z
    .array(z.object({ id: z.string(), name: z.string(), at: time.nullable() }))
    .describe("at most five; `at`: since when, or until when"),
});

const rate = z.object({
  at: time,
  inBytesPerSecond: z.number(),
  outBytesPerSecond: z.number(),
  servedBytesPerSecond: z.number(),
});

const states = (names: readonly [string, ...string[]]) => z.record(z.enum(names), z.number().int());

export const getOverview = route({
  method: "GET",
  path: "/overview",
  permission: "self",
  limit: "search",
  summary: "What needs somebody now and how things stand; of each part what the caller may see, null for the others",
  input: z.object({}),
  reply: z.object({
    needs: z.array(need),
    nodes: states(["joining", "online", "offline", "cordoned"]).nullable(),
    leases: states(["pending", "active", "suspended"]).nullable(),
    instances: states(["pending", "starting", "running", "failed", "stopped"]).nullable(),
    customers: z.number().int().nullable().describe("accounts with a lease that has not ended"),
    serials: z.object({ unused: z.number().int() }).nullable().describe("of paid batches that can be redeemed still"),
    rate: z.array(rate).nullable().describe("of all nodes together, for 24 hours, in steps of 15 minutes"),
    ending: z
      .object({
        count: z.number().int(),
        items: z.array(z.object({ leaseId: z.string(), accountId: z.string(), planName: z.string(), until: time })),
      })
      .nullable()
      .describe("leases that end within seven days, at most ten of them, soonest first"),
    firstRun: z
      .object({ node: z.boolean(), plan: z.boolean(), serials: z.boolean(), redeemed: z.boolean() })
      .nullable()
      .describe("what a new installation has already"),
  }),
});
