import { z } from "zod";
import { listInput, listOf, search } from "./list.ts";
import { route } from "./route.ts";
import { bigNumber, idOf, label, time } from "./values.ts";

export const planId = idOf("plan");

const quotas = {
  trafficBytes: bigNumber
    .refine((text) => !/^0+$/.test(text), { message: "at least 1" })
    .nullable()
    .describe("what may flow in one reset cycle; null: no limit"),
  mbps: z.number().int().min(1).max(100_000).nullable(),
  devices: z.number().int().min(1).max(10_000).nullable(),
};

export const price = z.object({ minor: bigNumber, currency: z.string().regex(/^[A-Z]{3}$/) });

export const plan = z.object({
  id: planId,
  name: z.string(),
  kind: z.string(),
  options: z.record(z.string(), z.unknown()),
  durationDays: z.number().int(),
  ...quotas,
  reset: z.enum(["never", "daily", "monthly"]),
  regions: z.array(z.string()),
  onSale: z.boolean(),
  price,
  createdAt: time,
});

export const createPlan = route({
  method: "POST",
  path: "/plans",
  permission: "plans.write",
  summary: "Make a plan",
  input: z.object({
    name: label,
    kind: z.string().max(32),
    options: z.record(z.string(), z.unknown()).default({}).describe("what the kind itself can set"),
    durationDays: z.number().int().min(1).max(3660),
    trafficBytes: quotas.trafficBytes.default(null),
    mbps: quotas.mbps.default(null),
    devices: quotas.devices.default(null),
    reset: z.enum(["never", "daily", "monthly"]).default("never"),
    regions: z.array(z.string().min(1).max(32)).max(50).default([]).describe("where it may be placed; empty: anywhere"),
    onSale: z.boolean().default(true),
    price,
  }),
  reply: plan,
});

export const changePlan = route({
  method: "POST",
  path: "/plans/:planId",
  permission: "plans.write",
  summary: "Change a plan's name, price or whether it is on sale; what was sold before stays as it was sold",
  input: z.object({ planId, name: label.optional(), onSale: z.boolean().optional(), price: price.optional() }),
  reply: plan,
});

export const listPlans = route({
  method: "GET",
  path: "/plans",
  permission: "plans.read",
  summary: "Plans",
  input: listInput(["-created", "name", "price"], {
    q: search.describe("begin of an id or a name"),
    kind: z.string().max(32).optional(),
    onSale: z.enum(["true", "false"]).optional(),
  }),
  reply: listOf(plan),
});
