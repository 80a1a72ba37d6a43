import { z } from "zod";
import { batchOf } from "./batch.ts";
import { countsOf, listInput, listOf, search, several } from "./list.ts";
import { node, nodeId, nodeStates, reaches } from "./node.ts";
import { route } from "./route.ts";
import { bigNumber, label, time } from "./values.ts";

export * from "./joining.ts";
export { node, nodeId } from "./node.ts";
export * from "./ssh-joins.ts";

const sorts = [
  "-joined",
  "name",
  "region",
  "load",
  "instances",
  "customers",
  "traffic",
  "rate",
  "latency",
  "lastSeen",
] as const;

const cloudAccount = z.string().nullable().describe("whose account at the host it is, for who may change nodes");

export const listNodes = route({
  method: "GET",
  path: "/nodes",
  permission: "nodes.read",
  summary: "Nodes",
  input: listInput(sorts, {
    q: search.describe("begin of an id, a name, a region or an address"),
    state: several(nodeStates).optional(),
    reach: several(reaches).optional(),
    region: z.string().max(32).optional(),
    country: z.string().max(2).optional(),
    label: z.string().max(50).optional(),
    offering: z.string().max(32).optional().describe("can run it"),
    needsUpgrade: z.enum(["true", "false"]).optional().describe("its agent is of another version than control"),
    from: time.optional().describe("joined at this moment or later"),
    to: time.optional().describe("joined before this moment"),
  }),
  reply: listOf(node.extend({ cloudAccount, needsUpgrade: z.boolean() })),
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
        servedBytesPerSecond: z.number(),
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
  reply: node.extend({ cloudAccount }),
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
    isUnprovenAllowed: z.boolean().optional().describe("place there although one did not get through"),
    trafficBytesMost: bigNumber.nullable().optional().describe("counted for customers, per month"),
    trafficResetDay: z.int().min(1).max(28).optional(),
    instancesMost: z.int().min(0).max(100_000).optional(),
    customersMost: z.int().min(0).max(1_000_000).nullable().optional(),
    bytesPerSecondMost: bigNumber.nullable().optional().describe("leaving the machine"),
  }),
  reply: node.extend({ cloudAccount }),
});

const figure = z.number().nullable();

const reachability = z.object({
  reach: node.shape.reach,
  isUnprovenAllowed: z.boolean(),
  testedAt: time.nullable(),
  address: z.object({
    advertised: z.string().nullable(),
    observed: z.string().nullable().describe("where control sees it come from"),
    better: z.string().nullable().describe("leads to the node where the advertised one does not"),
  }),
  results: z.array(
    z.object({
      seenFrom: z.string().describe("`control`, or the id of another node"),
      seenFromName: z.string().nullable(),
      address: z.string(),
      protocol: z.enum(["tcp", "udp", "stun"]),
      port: z.number().int(),
      outcome: z.enum(["open", "blocked", "wrong_host"]),
      testedAt: time,
    }),
  ),
  rules: z
    .array(z.object({ tool: z.enum(["ufw", "firewalld", "nft", "iptables", "cloud"]), rule: z.string() }))
    .describe("open what is blocked; one of them, whichever firewall there is"),
});

export const getReachability = route({
  method: "GET",
  path: "/nodes/:nodeId/reachability",
  permission: "nodes.read",
  summary: "Whether one gets through to a node's ports, seen from control and from another node",
  input: z.object({ nodeId }),
  reply: reachability,
});

export const testReachability = route({
  method: "POST",
  path: "/nodes/:nodeId/reachability",
  permission: "nodes.write",
  summary: "Try anew whether one gets through to a node; what is found is there some seconds later",
  input: z.object({ nodeId }),
  reply: reachability,
});

export const editNodes = batchOf(editNode, {
  path: "/nodes/batch-edit",
  summary: "The same for many, up to 500",
});

export const testReachabilities = batchOf(testReachability, {
  path: "/nodes/batch-reachability",
  summary: "Try anew whether one gets through to nodes, up to 500",
});

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

export const previewRemoval = route({
  method: "GET",
  path: "/nodes/:nodeId/removal",
  permission: "nodes.read",
  summary: "What would be let go if a node were removed",
  input: z.object({ nodeId }),
  reply: z.object({
    instances: z.number().int(),
    leases: z.number().int(),
    customers: z.number().int(),
    alone: z.number().int().describe("leases that have nothing on any other node"),
  }),
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
