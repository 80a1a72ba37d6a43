import { z } from "zod";
import { nodeId } from "./fleet.ts";
import { route } from "./route.ts";
import { idOf, time } from "./values.ts";

/** A ticket is used at this address, as a WebSocket, by whoever asked for it. */
export const streamPath = "/api/v1/streams/:ticket";

const opened = z.object({
  id: idOf("stream"),
  ticket: z.string().describe("good once, for a minute, for whoever asked for it"),
  expiresAt: time,
});

export const openLogs = route({
  method: "POST",
  path: "/streams/logs",
  permission: "nodes.write",
  summary: "A ticket for what a node's agent or relay says from now on",
  idempotency: "off",
  input: z.object({ nodeId, of: z.enum(["agent", "relay"]).default("agent") }),
  reply: opened,
});

export const openShell = route({
  method: "POST",
  path: "/streams/shell",
  permission: "nodes.shell",
  stepUp: true,
  summary: "A ticket for a shell on a node that allows it",
  idempotency: "off",
  input: z.object({ nodeId }),
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
} as const;
