import { z } from "zod";
import { pageInput, pageOf, route } from "./route.ts";
import { time } from "./values.ts";

export const event = z.object({
  id: z.string(),
  at: time,
  name: z.string(),
  actor: z.string(),
  accountId: z.string().nullable(),
  leaseId: z.string().nullable(),
  nodeId: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  /** Place in the chain; null until the sealer has been there. */
  position: z.number().int().nullable(),
});

export const listEvents = route({
  method: "GET",
  path: "/events",
  permission: "events.read",
  summary: "What happened, newest first",
  input: z.object({
    ...pageInput,
    name: z.string().max(100).optional(),
    accountId: z.string().max(64).optional(),
    leaseId: z.string().max(64).optional(),
    nodeId: z.string().max(64).optional(),
  }),
  reply: pageOf(event),
});
