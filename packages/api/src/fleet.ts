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
  observedAddress: z.string().nullable().describe("where control sees it come from"),
  load: z.number().nullable().describe("of one minute, over all cores; null, here and below: its agent does not say"),
  loadPerCore: z.number().nullable(),
  cores: z.number().int().nullable(),
  memoryBytes: bigNumber.nullable(),
  memoryUsedBytes: bigNumber.nullable(),
  diskBytes: bigNumber.nullable(),
  diskUsedBytes: bigNumber.nullable(),
  uptimeSeconds: bigNumber.nullable(),
  inBytesPerSecond: z.number().nullable().describe("through the machine's interfaces"),
  outBytesPerSecond: z.number().nullable(),
  servedBytesPerSecond: z.number().nullable().describe("counted for customers"),
  clockOffsetMs: z.number().nullable().describe("how far its clock is ahead of control's"),
  latencyMs: z.number().nullable().describe("to control and back"),
  machine: z
    .object({
      arch: z.string(),
      system: z.string(),
      hasIpv4: z.boolean(),
      hasIpv6: z.boolean(),
      dockerVersion: z.string().nullable(),
      relayVersion: z.string().nullable(),
    })
    .nullable(),
  offerings: z.array(z.object({ offering: z.string(), specVersions: z.array(z.number().int()) })),
  labels: z.array(z.string()),
  country: z.string().nullable().describe("ISO 3166, two letters"),
  city: z.string().nullable(),
  isPlaceByHand: z.boolean(),
  traffic: z
    .object({
      mostBytes: bigNumber.nullable(),
      usedBytes: bigNumber,
      leftBytes: bigNumber.nullable(),
      resetDay: z.number().int(),
    })
    .describe("of this month, which begins on the reset day in UTC; counted every 15 s"),
  customersMost: z.number().int().nullable(),
  bytesPerSecondMost: bigNumber.nullable(),
  instances: z.number().int(),
  instancesMost: z.number().int(),
  customers: z.number().int().describe("accounts that have something there; counted every 15 s"),
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
  reply: node.extend({
    cloudAccount: z.string().nullable().describe("whose account at the host it is, for who may change nodes"),
  }),
});

const place = {
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullable()
    .optional(),
  city: label.nullable().optional(),
};

export const editNode = route({
  method: "POST",
  path: "/nodes/:nodeId",
  permission: "nodes.write",
  summary: "Name a node, place it, say whose it is and how far it may go; what is left out stays, null takes away",
  input: z.object({
    nodeId,
    name: label.optional(),
    region: label.max(32).optional(),
    labels: z.array(label.max(50)).max(20).optional(),
    ...place,
    cloudAccount: label.nullable().optional(),
    trafficBytesMost: bigNumber.nullable().optional().describe("counted for customers, per month"),
    trafficResetDay: z.int().min(1).max(28).optional(),
    instancesMost: z.int().min(0).max(100_000).optional(),
    customersMost: z.int().min(0).max(1_000_000).nullable().optional(),
    bytesPerSecondMost: bigNumber.nullable().optional().describe("leaving the machine"),
  }),
  reply: node.extend({ cloudAccount: z.string().nullable() }),
});

const figure = z.number().nullable();

export const getFigures = route({
  method: "GET",
  path: "/nodes/:nodeId/figures",
  permission: "nodes.read",
  limit: "search",
  summary: "How a node was over time, as means; single minutes are kept for seven days. At most 1,500 points",
  input: z.object({
    nodeId,
    from: time,
    to: time,
    step: z.enum(["1m", "5m", "15m", "1h"]).default("5m"),
  }),
  reply: z.object({
    points: z.array(
      z.object({
        at: time,
        load: figure,
        memoryUsedBytes: figure,
        diskUsedBytes: figure,
        inBytesPerSecond: figure,
        outBytesPerSecond: figure,
        servedBytesPerSecond: figure,
        latencyMs: figure,
      }),
    ),
  }),
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
