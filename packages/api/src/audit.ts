import { z } from "zod";
import { listInput, listOf } from "./list.ts";
import { route } from "./route.ts";
import { bigNumber, idOf, time } from "./values.ts";

export const event = z.object({
  id: z.string(),
  at: time,
  name: z.string(),
  actor: z.string(),
  accountId: z.string().nullable(),
  leaseId: z.string().nullable(),
  nodeId: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  /** What identifies persons, for those with `events.personal`; null fields were erased. Absent for everybody else. */
  personal: z.array(z.object({ of: z.string(), fields: z.record(z.string(), z.string()).nullable() })).optional(),
  /** Place in the chain; null until the sealer has been there. */
  position: z.number().int().nullable(),
});

export const eventFilter = {
  name: z.string().max(100).optional(),
  actor: z.string().max(100).optional(),
  accountId: z.string().max(64).optional(),
  leaseId: z.string().max(64).optional(),
  nodeId: z.string().max(64).optional(),
  from: time.optional().describe("at this moment or later"),
  to: time.optional().describe("before this moment"),
  q: z.string().min(2).max(100).optional().describe("words that all stand in the event's data"),
};

export const listEvents = route({
  method: "GET",
  path: "/events",
  permission: "events.read",
  limit: "search",
  summary: "What happened",
  input: listInput(["-at"], eventFilter),
  reply: listOf(event),
  csv: "events",
});

export const getEvent = route({
  method: "GET",
  path: "/events/:eventId",
  permission: "events.read",
  summary: "One event",
  input: z.object({ eventId: idOf("event") }),
  reply: event,
});

/** A head of the chain: whoever keeps one elsewhere can tell later whether anything up to it was changed or cut off. */
export const signedHead = z.object({
  position: bigNumber,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Ed25519 over `berth head POSITION\n` and the 32 bytes of the hash. */
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
  signedAt: time,
});

export const getHead = route({
  method: "GET",
  path: "/events/head",
  permission: "events.read",
  summary: "The newest signed head of the chain of events; null before the first event",
  input: z.object({}),
  reply: z.object({ head: signedHead.nullable() }),
});
