import { z } from "zod";
import { bigNumber } from "./values.ts";

/**
 * Live updates, over a WebSocket at `/api/v1/live`. They say that something changed, never what it is now: whoever hears it asks
 * the ordinary routes again, which are the one place of authorisation.
 *
 * A browser is known by its cookie. A program sends `hello` with a token first. Both then `subscribe`, and fetch what they show
 * after the answer. Messages carry the `position` to come back with after a lost connection: that of the latest one. Only rates
 * say how something is: they have no past, and no position.
 */
export const livePath = "/api/v1/live";

/** What can be followed; which of it somebody may follow depends on their permissions. */
export const topics = [
  "me",
  "leases",
  "devices",
  "orders",
  "plans",
  "accounts",
  "serials",
  "nodes",
  "operations",
  "events",
  /** Of single leases, how fast they are used: told by `rates`, as long as somebody looks. */
  "usage",
] as const;
export type Topic = (typeof topics)[number];

/** What one socket may do. */
export const limits = {
  topics: 50,
  messageBytes: 16 * 1024,
  socketsPerSession: 5,
  /** So many missed events are replayed; who missed more is told to fetch everything again. */
  replayedEvents: 10_000,
} as const;

const followed = z.strictObject({
  topic: z.enum(topics),
  /** Only this one; without it all that the caller may see. */
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional(),
});

export const clientMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("hello"), token: z.string().min(1).max(4_096) }),
  z.strictObject({
    type: z.literal("subscribe"),
    topics: z.array(followed).min(1).max(limits.topics),
    /** The position that the caller knows: everything after it is sent. Without it, what happens from now on. */
    after: bigNumber.optional(),
  }),
  z.strictObject({ type: z.literal("unsubscribe"), topics: z.array(followed).min(1).max(limits.topics) }),
]);

const rate = z.object({ id: z.string(), bytesPerSecond: z.number().int() });

const change = z.object({ topic: z.enum(topics), id: z.string(), position: bigNumber });

export const serverMessage = z.discriminatedUnion("type", [
  /** Known from here on. */
  z.object({ type: z.literal("welcome"), accountId: z.string(), position: bigNumber }),
  z.object({ type: z.literal("subscribed"), topics: z.array(followed), position: bigNumber }),
  z.object({ type: z.literal("changes"), changes: z.array(change), position: bigNumber }),
  /** How fast what is followed under `usage` grows; every two seconds. */
  z.object({ type: z.literal("rates"), rates: z.array(rate) }),
  /** Nothing to tell; sent now and then, so that coming back stays short. */
  z.object({ type: z.literal("position"), position: bigNumber }),
  /** Too much was missed, or the position is none of this installation: fetch these anew. */
  z.object({ type: z.literal("reset"), topics: z.array(followed), position: bigNumber }),
  z.object({ type: z.literal("refused"), code: z.string(), message: z.string() }),
]);

/** Why control closes a socket, beside the codes of RFC 6455. */
export const closeCodes = {
  /** Sign in again. */
  unauthenticated: 4401,
  /** What the account may do has changed: come back, and subscribe to what it may see now. */
  changed: 4403,
  /** Too many sockets, topics or messages. */
  exhausted: 4429,
  /** Come back in a moment. */
  unavailable: 1013,
} as const;

export type Followed = z.output<typeof followed>;
export type Rate = z.output<typeof rate>;
export type Change = z.output<typeof change>;
export type ClientMessage = z.output<typeof clientMessage>;
export type ServerMessage = z.output<typeof serverMessage>;
