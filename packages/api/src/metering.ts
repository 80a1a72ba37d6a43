import { z } from "zod";
import { leaseId } from "./leases.ts";
import { route } from "./route.ts";
import { bigNumber, time } from "./values.ts";

export const getUsage = route({
  method: "GET",
  path: "/usage",
  permission: "usage.read",
  limit: "search",
  summary: "Bytes over time, of one's own leases or for staff of all; at most 1,000 buckets",
  input: z.object({
    step: z.enum(["5m", "hour", "day"]).default("hour"),
    from: time,
    to: time,
    leaseId: z.string().max(64).optional(),
    nodeId: z.string().max(64).optional(),
    by: z.enum(["total", "instance", "device", "node", "lease"]).default("total"),
  }),
  reply: z.object({
    totalBytes: bigNumber,
    buckets: z.array(z.object({ at: time, of: z.string(), bytes: bigNumber })),
  }),
});

const bytesOrGap = bigNumber.nullable();

export const getLeaseUsage = route({
  method: "GET",
  path: "/leases/:leaseId/usage",
  permission: "usage.read",
  summary: "A lease's bytes over time, in all and by device, its present rate, its quota and when that runs out",
  input: z.object({
    leaseId,
    step: z.enum(["5m", "hour", "day"]).default("hour"),
    from: time.optional().describe("a day, a week or 30 days ago by the step, unless given"),
    to: time.optional(),
  }),
  reply: z.object({
    step: z.enum(["5m", "hour", "day"]),
    at: z.array(time).describe("where each bucket begins, none left out"),
    total: z.array(bytesOrGap).describe("by bucket; null: not known, as before the lease or while its nodes were away"),
    totalBytes: bigNumber,
    devices: z
      .array(
        z.object({
          deviceId: z.string().nullable().describe("null: counted by instance, not by device"),
          name: z.string().nullable(),
          bytes: z.array(bytesOrGap),
          totalBytes: bigNumber,
        }),
      )
      .describe("those with the most bytes first, 20 at the most"),
    gaps: z.array(z.object({ from: time, to: time, why: z.enum(["not_begun", "nodes_away", "dropped", "ahead"]) })),
    rate: z.object({
      bytesPerSecond: z.number().describe("the average of the last five to ten minutes"),
      overSeconds: z.number().int(),
    }),
    quota: z.object({
      trafficBytes: bytesOrGap,
      usedBytes: bigNumber,
      leftBytes: bytesOrGap,
      periodFrom: time,
      resetsAt: time.nullable(),
      runsOutAt: time.nullable().describe("at the pace of the last seven days; null: not in this period"),
    }),
  }),
});
