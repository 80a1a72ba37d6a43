import { z } from "zod";
import { nodeId } from "./fleet.ts";
import { countsOf, listInput, listOf } from "./list.ts";
import { route } from "./route.ts";
import { idOf, time } from "./values.ts";

export const operationId = idOf("operation");

export const operationKind = z.enum([
  "node.probe",
  "relay.restart",
  "agent.restart",
  "logs.tail",
  "instance.status",
  "instance.restart",
  "instance.logs",
]);

export const logOptions = z.strictObject({
  of: z.enum(["agent", "relay"]).default("agent").describe("of a node; what names an instance is looked for in both"),
  lines: z.number().int().min(1).max(2_000).default(200),
});

export const itemState = z.enum(["waiting", "sent", "running", "done", "failed", "cancelled", "expired"]);

export const operationItem = z.object({
  id: idOf("item"),
  nodeId: z.string(),
  nodeName: z.string(),
  instanceId: z.string().nullable(),
  state: itemState,
  percent: z.number().int(),
  note: z.string().nullable(),
  result: z.unknown().describe("what the node answered; its shape is the kind's"),
  problem: z.object({ code: z.string(), detail: z.string() }).nullable(),
  cancelAsked: z.boolean(),
  answeredAt: time.nullable(),
});

const summary = {
  id: operationId,
  kind: operationKind,
  madeBy: z.string(),
  createdAt: time,
  deadline: time,
  retryOf: operationId.nullable(),
  items: z.number().int(),
  ended: z.number().int().describe("items that have an end, whichever"),
  failed: z.number().int().describe("items that failed or expired"),
};

export const operationSummary = z.object(summary);
export const operation = z.object({ ...summary, results: z.array(operationItem) });

export const startOperation = route({
  method: "POST",
  path: "/operations",
  permission: "nodes.write",
  summary: "Do something once on nodes or instances; each target answers by itself",
  input: z.object({
    kind: operationKind,
    nodeIds: z.array(nodeId).max(200).optional(),
    instanceIds: z.array(idOf("instance")).max(200).optional(),
    logs: logOptions.optional(),
    deadlineSeconds: z.number().int().min(5).max(86_400).optional(),
  }),
  reply: operation,
});

const operationStates = ["open", "ended", "failed"] as const;

export const listOperations = route({
  method: "GET",
  path: "/operations",
  permission: "nodes.read",
  summary: "Operations",
  input: listInput(["-created"], {
    kind: operationKind.optional(),
    nodeId: nodeId.optional(),
    instanceId: idOf("instance").optional(),
    state: z
      .enum(operationStates)
      .optional()
      .describe("not every target has an end; every target has one; some target failed or expired"),
    from: time.optional().describe("begun at this moment or later"),
    to: time.optional().describe("begun before this moment"),
  }),
  reply: listOf(operationSummary),
});

export const countOperations = route(countsOf(listOperations, operationStates));

export const getOperation = route({
  method: "GET",
  path: "/operations/:operationId",
  permission: "nodes.read",
  summary: "One operation with what each target answered",
  input: z.object({ operationId }),
  reply: operation,
});

export const cancelOperation = route({
  method: "POST",
  path: "/operations/:operationId/cancel",
  permission: "nodes.write",
  summary: "Cancel the rest: what has not begun never does, what runs is told to stop",
  input: z.object({ operationId }),
  reply: operation,
});

export const retryOperation = route({
  method: "POST",
  path: "/operations/:operationId/retry",
  permission: "nodes.write",
  summary: "A new operation for every target that failed or expired",
  input: z.object({ operationId }),
  reply: operation,
});
