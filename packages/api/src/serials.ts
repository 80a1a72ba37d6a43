import { z } from "zod";
import { batchOf } from "./batch.ts";
import { planId } from "./catalogue.ts";
import { pageInput, pageOf, route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

export const batchId = idOf("batch");

export const batch = z.object({
  id: batchId,
  name: z.string(),
  planId,
  count: z.number().int(),
  unused: z.number().int(),
  used: z.number().int(),
  revoked: z.number().int(),
  payment: z.enum(["pending", "paid", "credit"]),
  nodeIds: z.array(z.string()),
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
  summary: "Batches of serials, newest first",
  input: z.object({ ...pageInput }),
  reply: pageOf(batch),
});

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

export const serial = z.object({
  id: idOf("serial"),
  batchId,
  prefix: z.string(),
  state: z.enum(["pending", "unused", "used", "expired", "revoked"]),
  redeemedBy: z.string().nullable(),
  redeemedAt: time.nullable(),
  leaseId: z.string().nullable(),
});

export const listSerials = route({
  method: "GET",
  path: "/serials",
  permission: "serials.read",
  summary: "Serials, without their codes",
  input: z.object({
    ...pageInput,
    batchId: batchId.optional(),
    prefix: z.string().max(5).optional(),
    state: z.enum(["pending", "unused", "used", "expired", "revoked"]).optional(),
  }),
  reply: pageOf(serial),
  csv: "serials",
});

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
