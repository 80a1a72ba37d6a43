import { z } from "zod";
import { nodeId } from "./node.ts";
import { route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

export const joinTokenId = idOf("join");

/** How far a server has come that was given a token; a wizard follows it on the topic `nodes`, or asks again. */
const joinToken = z.object({
  id: joinTokenId,
  name: z.string().nullable(),
  region: z.string().nullable(),
  madeBy: z.string(),
  madeAt: time.nullable(),
  expiresAt: time,
  state: z.enum(["waiting", "used", "expired", "revoked"]),
  step: z
    .enum(["waiting", "enrolled", "connected", "not_reachable", "ready", "offline", "removed", "over"])
    .describe("connected: whether one gets through to its ports is being tried; over: it came to nothing"),
  nodeId: nodeId.nullable(),
  nodeName: z.string().nullable(),
});

export const createJoinToken = route({
  method: "POST",
  path: "/join-tokens",
  permission: "nodes.write",
  stepUp: true,
  summary: "A one-time token, valid for 15 minutes, and the command that joins a server with it",
  input: z.object({ name: label.optional(), region: z.string().min(1).max(32).optional() }),
  reply: z.object({ id: joinTokenId, token: z.string(), command: z.string(), expiresAt: time }),
});

export const listJoinTokens = route({
  method: "GET",
  path: "/join-tokens",
  permission: "nodes.read",
  summary: "The tokens of the last day, newest first, at most 100",
  input: z.object({}),
  reply: z.object({ items: z.array(joinToken) }),
});

export const getJoinToken = route({
  method: "GET",
  path: "/join-tokens/:joinTokenId",
  permission: "nodes.read",
  summary: "Whether a token was used, by which node, and how far that has come",
  input: z.object({ joinTokenId }),
  reply: joinToken,
});

export const revokeJoinToken = route({
  method: "POST",
  path: "/join-tokens/:joinTokenId/revoke",
  permission: "nodes.write",
  summary: "Make a token useless that nobody has used",
  input: z.object({ joinTokenId }),
  reply: joinToken,
});

export const authority = z.object({
  id: idOf("authority"),
  state: z.enum(["active", "trusted", "retired"]),
  fingerprint: z.string(),
  createdAt: time,
});

export const listAuthorities = route({
  method: "GET",
  path: "/nodes/authorities",
  permission: "nodes.read",
  summary: "The authorities that sign nodes' certificates",
  input: z.object({}),
  reply: z.object({ items: z.array(authority) }),
});

export const rotateAuthority = route({
  method: "POST",
  path: "/nodes/authorities",
  permission: "authorities.write",
  stepUp: true,
  summary: "Make a new authority; old and new are trusted together until the old one is retired",
  input: z.object({}),
  reply: authority,
});

export const retireAuthority = route({
  method: "POST",
  path: "/nodes/authorities/:authorityId/retire",
  permission: "authorities.write",
  stepUp: true,
  summary: "Stop trusting an authority that was replaced",
  input: z.object({ authorityId: idOf("authority") }),
  reply: authority,
});
