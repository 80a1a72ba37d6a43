import { z } from "zod";
import { nodeId } from "./fleet.ts";
import { route } from "./route.ts";
import { idOf, time } from "./values.ts";

/**
 * A ticket is used at this address, as a WebSocket, by whoever asked for it. Binary messages are what either end says; a text
 * message of the person's end is a `terminalSize`.
 */
export const streamPath = "/api/v1/streams/:ticket";

const side = z.number().int().min(1).max(1_000);

export const terminalSize = z.strictObject({ columns: side, rows: side });

const via = z.enum(["control", "relay"]);

const wantedVia = via
  .default("control")
  .describe("`relay`, for programs: what is said goes past control, if a relay can be had");

/**
 * Where to dial what goes by a relay, while the WebSocket stays open: TLS to `host` and `port`, which shows the certificate
 * `pin` (SHA-256, hex). Say `ticket` and a line's end, hear `joined` and a line's end; then TLS once more, to the node, which
 * shows the public key `nodeKey` (SHA-256 of its SPKI, hex), and in it the stream's own ticket and a line's end. After that the
 * node's words are bytes, and yours are frames: a byte 0 (data) or 1 (columns and rows, two bytes each), four bytes of length.
 */
const rendezvous = z.object({
  nodeId: z.string(),
  host: z.string(),
  port: z.number().int(),
  pin: z.string(),
  ticket: z.string(),
  nodeKey: z.string(),
});

const opened = z.object({
  id: idOf("stream"),
  ticket: z.string().describe("good once, for a minute, for whoever asked for it"),
  expiresAt: time,
  via: via.describe("which way it goes"),
  whyNot: z.string().nullable().describe("why it goes through control although a relay was wanted"),
  rendezvous: rendezvous.nullable(),
});

export const openLogs = route({
  method: "POST",
  path: "/streams/logs",
  permission: "nodes.write",
  summary: "A ticket for what a node's agent or relay says from now on",
  idempotency: "off",
  input: z.object({ nodeId, of: z.enum(["agent", "relay"]).default("agent"), via: wantedVia }),
  reply: opened,
});

export const openShell = route({
  method: "POST",
  path: "/streams/shell",
  permission: "nodes.shell",
  stepUp: true,
  summary: "A ticket for a shell on a node that allows it",
  idempotency: "off",
  input: z.object({
    nodeId,
    terminal: terminalSize.optional().describe("the window's size; without it the shell has no terminal"),
    via: wantedVia,
  }),
  reply: opened,
});

/** Why control closes a stream's socket, beside the codes of RFC 6455. */
export const streamCodes = {
  /** Used, expired, or somebody else's. */
  refused: 4404,
  /** The session ended, or may not do this any more. */
  revoked: 4401,
  /** The node did not come, or has no such thing. */
  unavailable: 4503,
  /** Nothing was said for too long, or it went on for too long. */
  late: 4408,
  /** Too many flows at a time. */
  exhausted: 4429,
} as const;
