import { z } from "zod";
import { batchOf } from "./batch.ts";
import { planId } from "./catalogue.ts";
import { countsOf, listInput, listOf, search, several } from "./list.ts";
import { route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

export const batchId = idOf("batch");

const payments = ["pending", "paid", "credit"] as const;
const batchStates = ["pending", "open", "expired"] as const;

export const batch = z.object({
  id: batchId,
  name: z.string(),
  planId,
  count: z.number().int(),
  unused: z.number().int(),
  used: z.number().int(),
  revoked: z.number().int(),
  payment: z.enum(payments),
  nodeIds: z.array(z.string()),
  madeBy: z.string(),
  redeemBy: time,
  createdAt: time,
});

export const createBatch = route({
  method: "POST",
  path: "/serial-batches",
  permission: "serials.write",
  summary: "Make serials; their codes are in this answer and never shown again",
  input: z.object({
    planId,
    name: label,
    count: z.number().int().min(1).max(10_000),
    redeemBy: time,
    payment: z.enum(["pending", "paid"]).default("paid").describe("serials of a pending batch do not redeem"),
    nodeIds: z.array(idOf("node")).max(100).default([]).describe("place only on these; empty: anywhere"),
  }),
  reply: z.object({ batch, codes: z.array(z.string()) }),
});

export const listBatches = route({
  method: "GET",
  path: "/serial-batches",
  permission: "serials.read",
  summary: "Batches of serials",
  input: listInput(["-created", "redeemBy", "name"], {
    q: search.describe("begin of an id of a batch or a plan, or of the batch's name"),
    state: several(batchStates).optional(),
    payment: several(payments).optional(),
    planId: z.string().max(64).optional(),
    madeBy: z.string().max(64).optional(),
    from: time.optional().describe("made at this moment or later"),
    to: time.optional().describe("made before this moment"),
  }),
  reply: listOf(batch),
  csv: "serial-batches",
});

export const countBatches = route(countsOf(listBatches, batchStates));

export const settleBatch = route({
  method: "POST",
  path: "/serial-batches/:batchId/settle",
  permission: "serials.write",
  summary: "Mark a pending batch as paid: its serials redeem from now on",
  input: z.object({ batchId }),
  reply: batch,
});

export const revokeBatch = route({
  method: "POST",
  path: "/serial-batches/:batchId/revoke",
  permission: "serials.write",
  summary: "Revoke every unused serial of a batch",
  input: z.object({ batchId }),
  reply: batch,
});

const serialStates = ["pending", "unused", "used", "expired", "revoked"] as const;

export const serial = z.object({
  id: idOf("serial"),
  batchId,
  planId: z.string(),
  prefix: z.string(),
  state: z.enum(serialStates),
  createdAt: time,
  redeemBy: time,
  redeemedBy: z.string().nullable(),
  redeemedAt: time.nullable(),
  leaseId: z.string().nullable(),
});

export const listSerials = route({
  method: "GET",
  path: "/serials",
  permission: "serials.read",
  summary: "Serials, without their codes; sorted by `redeemed`, only those that were",
  input: listInput(["-created", "redeemed"], {
    q: search.describe("begin of the code, or of an id of a serial, a batch, or the account that redeemed it"),
    state: several(serialStates).optional(),
    batchId: batchId.optional(),
    planId: z.string().max(64).optional(),
    redeemedBy: z.string().max(64).optional(),
    madeBy: z.string().max(64).optional(),
    from: time.optional().describe("made at this moment or later"),
    to: time.optional().describe("made before this moment"),
  }),
  reply: listOf(serial),
  csv: "serials",
});

export const countSerials = route(countsOf(listSerials, serialStates));

export const revokeSerial = route({
  method: "POST",
  path: "/serials/:serialId/revoke",
  permission: "serials.write",
  summary: "Revoke an unused serial",
  input: z.object({ serialId: idOf("serial") }),
  reply: serial,
});

export const revokeSerials = batchOf(revokeSerial, {
  path: "/serials/batch-revoke",
  summary: "Revoke unused serials, up to 500",
});
