import { z } from "zod";
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
