import { z } from "zod";
import { batchOf } from "./batch.ts";
import { countsOf, listInput, listOf, search, several } from "./list.ts";
import { route } from "./route.ts";
import { bigNumber, idOf, label, time } from "./values.ts";

export const nodeId = idOf("node");

const nodeStates = ["joining", "online", "offline", "cordoned", "removed"] as const;

export const node = z.object({
  id: nodeId,
  name: z.string(),
  state: z.enum(nodeStates),
  region: z.string(),
  addresses: z.array(z.string()),
  version: z.string().nullable(),
  load: z.number().nullable(),
  memoryBytes: bigNumber.nullable(),
  memoryUsedBytes: bigNumber.nullable(),
  instances: z.number().int(),
  instancesMost: z.number().int(),
  revision: bigNumber,
  heldRevision: bigNumber,
  joinedAt: time,
  lastSeenAt: time.nullable(),
});

export const listNodes = route({
  method: "GET",
  path: "/nodes",
  permission: "nodes.read",
  summary: "Nodes",
  input: listInput(["-joined", "name", "region", "load", "instances", "lastSeen"], {
    q: search.describe("begin of an id, a name, a region or an address"),
    state: several(nodeStates).optional(),
    region: z.string().max(32).optional(),
    offering: z.string().max(32).optional().describe("can run it"),
    needsUpgrade: z.enum(["true", "false"]).optional().describe("its agent is of another version than control"),
    from: time.optional().describe("joined at this moment or later"),
    to: time.optional().describe("joined before this moment"),
  }),
  reply: listOf(
    node.extend({
      customers: z.number().int().describe("accounts that have something there"),
      needsUpgrade: z.boolean(),
    }),
  ),
  csv: "nodes",
});

export const countNodes = route(countsOf(listNodes, nodeStates));

export const listRegions = route({
  method: "GET",
  path: "/nodes/regions",
  permission: "nodes.read",
  summary: "What there is in each region",
  input: z.object({}),
  reply: z.object({
    items: z.array(
      z.object({
        region: z.string(),
        nodes: z.number().int(),
        online: z.number().int(),
        instances: z.number().int(),
        instancesMost: z.number().int(),
      }),
    ),
  }),
});

export const getNode = route({
  method: "GET",
  path: "/nodes/:nodeId",
  permission: "nodes.read",
  summary: "One node",
  input: z.object({ nodeId }),
  reply: node,
});

export const createJoinToken = route({
  method: "POST",
  path: "/join-tokens",
  permission: "nodes.write",
  stepUp: true,
  summary: "A one-time token, valid for 15 minutes, and the command that joins a server with it",
  input: z.object({ name: label.optional(), region: z.string().min(1).max(32).optional() }),
  reply: z.object({ token: z.string(), command: z.string(), expiresAt: time }),
});

export const cordonNode = route({
  method: "POST",
  path: "/nodes/:nodeId/cordon",
  permission: "nodes.write",
  summary: "Place nothing new on a node",
  input: z.object({ nodeId }),
  reply: node,
});

export const uncordonNode = route({
  method: "POST",
  path: "/nodes/:nodeId/uncordon",
  permission: "nodes.write",
  summary: "Place on a node again",
  input: z.object({ nodeId }),
  reply: node,
});

export const cordonNodes = batchOf(cordonNode, {
  path: "/nodes/batch-cordon",
  summary: "Place nothing new on nodes, up to 500",
});

export const uncordonNodes = batchOf(uncordonNode, {
  path: "/nodes/batch-uncordon",
  summary: "Place on nodes again, up to 500",
});

export const revokeNode = route({
  method: "POST",
  path: "/nodes/:nodeId/revoke",
  permission: "nodes.write",
  stepUp: true,
  summary: "Revoke a node's key: it is cut off at once and can't come back without joining anew",
  input: z.object({ nodeId, reason: label }),
  reply: node,
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
