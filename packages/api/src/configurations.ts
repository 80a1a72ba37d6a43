import { z } from "zod";
import { leaseId } from "./leases.ts";
import { listInput, listOf, several } from "./list.ts";
import { route } from "./route.ts";
import { idOf, time } from "./values.ts";

const held = z.object({
  slot: z.number().int(),
  nodeName: z.string(),
  region: z.string(),
  address: z.string().nullable(),
  port: z.number().int().nullable(),
  fingerprint: z.string().describe("of the identity that clients find there"),
});

const change = z.object({
  slot: z.number().int(),
  what: z.enum(["added", "removed", "node", "address", "port", "identity"]),
  from: z.string().nullable(),
  to: z.string().nullable(),
});

export const configuration = z.object({
  leaseId,
  version: z.number().int(),
  state: z
    .enum(["present", "former", "expired", "revoked", "lease_over"])
    .describe("`former`: replaced, and works beside the present one until its time"),
  why: z.enum(["granted", "due", "asked", "leaked"]),
  madeAt: time,
  madeBy: z.string().describe("an account; for customers `staff` and `system` stand for others"),
  renewsAt: time.nullable().describe("when the next version is made by itself"),
  until: time.nullable().describe("when it stops working; null: with the lease"),
  endedAt: time.nullable(),
  instances: z.array(held),
  changes: z.array(change).describe("against the version before"),
});

export const listConfigurations = route({
  method: "GET",
  path: "/leases/:leaseId/configurations",
  permission: "leases.read",
  summary: "Versions of what people hold to reach a lease, newest first, with what changed between them",
  input: z.object({ leaseId }),
  reply: z.object({ items: z.array(configuration) }),
});

export const renewConfiguration = route({
  method: "POST",
  path: "/leases/:leaseId/renew-configuration",
  permission: "leases.write",
  summary: "A new version now, with other ports and identities; `revoke` ends the one before at once, as after a leak",
  input: z.object({ leaseId, former: z.enum(["keep", "revoke"]).default("keep") }),
  reply: configuration,
});

export const revokeFormerConfiguration = route({
  method: "POST",
  path: "/leases/:leaseId/revoke-former-configuration",
  permission: "leases.write",
  summary: "End the version that works beside the present one before its time",
  input: z.object({ leaseId }),
  reply: z.object({ items: z.array(configuration) }),
});

const whats = ["made", "fetched", "unchanged", "refused"] as const;

export const logged = z.object({
  id: idOf("configured"),
  at: time,
  what: z.enum(whats).describe("`unchanged`: whoever asked had it already; `refused`: the lease is over"),
  leaseId,
  accountId: z.string(),
  version: z.number().int(),
  form: z.string().nullable(),
  address: z.string().nullable().describe("null: nobody asked, it was due"),
  location: z.string().nullable().describe("where the address is, by an offline table"),
  program: z.string().nullable(),
  userAgent: z.string().nullable(),
});

export const listConfigurationLog = route({
  method: "GET",
  path: "/configuration-log",
  permission: "leases.read",
  summary: "Each time that a configuration was made or fetched: of one's own leases, or for staff of everybody's",
  input: listInput(["-at"], {
    what: several(whats).optional(),
    leaseId: z.string().max(64).optional(),
    accountId: z.string().max(64).optional(),
    address: z.string().max(64).optional(),
    from: time.optional(),
    to: time.optional().describe("before this moment"),
  }),
  reply: listOf(logged),
  csv: "configuration-log",
});
