import { z } from "zod";
import { leaseId } from "./leases.ts";
import { route } from "./route.ts";
import { time } from "./values.ts";

export const configuration = z.object({
  leaseId,
  version: z.number().int().describe("of what is downloaded there; it goes up with each renewal"),
  renewsAt: time.nullable(),
  until: time.nullable().describe("when what is downloaded now stops working; null: with the lease"),
  /** Without a form it is the derpMap; `?form=policy` and `?form=headscale` give the other two. */
  url: z.string(),
  urls: z.object({ derpmap: z.string(), policy: z.string(), headscale: z.string() }),
  changedAt: time,
  relays: z
    .object({ promised: z.number().int(), placed: z.number().int() })
    .describe(
      "fewer are placed than the plan promises where there are too few nodes; a renewal places what is missing",
    ),
});

export const keySource = z.object({
  leaseId,
  kind: z.enum(["tailscale", "headscale"]).nullable().describe("null: devices are entered by hand"),
  url: z.string().nullable().describe("of a Headscale; the key is never shown"),
  changedAt: time.nullable(),
  syncedAt: time.nullable().describe("when it was read last"),
  error: z.object({ code: z.string(), message: z.string() }).nullable().describe("why it could not be read since"),
  devices: z.number().int().describe("how many devices came from there"),
  leftOut: z.number().int().describe("devices that are there, and for which the lease has no room"),
});

export const getKeySource = route({
  method: "GET",
  path: "/leases/:leaseId/key-source",
  permission: "leases.read",
  summary: "Where the keys of a lease's devices are read, and how that went",
  input: z.object({ leaseId }),
  reply: keySource,
});

export const setKeySource = route({
  method: "POST",
  path: "/leases/:leaseId/key-source",
  permission: "leases.write",
  summary: "Read the keys of a lease's devices from one's own Tailscale or Headscale; they come and go with it",
  input: z.object({
    leaseId,
    kind: z.enum(["tailscale", "headscale"]),
    url: z
      .url({ protocol: /^https$/ })
      .max(500)
      .optional()
      .describe("of a Headscale, on the public internet"),
    key: z
      .string()
      .regex(/^[\x21-\x7e]{8,500}$/, "8 to 500 visible characters")
      .describe("of Tailscale's or Headscale's API, to read devices"),
  }),
  reply: keySource,
});

export const removeKeySource = route({
  method: "DELETE",
  path: "/leases/:leaseId/key-source",
  permission: "leases.write",
  summary: "Read no more keys; devices that came from there stay, as if they had been entered",
  input: z.object({ leaseId }),
  reply: z.object({ removed: z.literal(true) }),
});

export const syncKeySource = route({
  method: "POST",
  path: "/leases/:leaseId/key-source/sync",
  permission: "leases.write",
  summary: "Read the keys within some seconds, not at their next turn",
  input: z.object({ leaseId }),
  reply: keySource,
});

export const getConfiguration = route({
  method: "GET",
  path: "/derp/leases/:leaseId/configuration",
  permission: "leases.read",
  summary: "Where a lease's configuration is downloaded: derpMap, policy or Headscale file",
  input: z.object({ leaseId }),
  reply: configuration,
});

export const rotateConfiguration = route({
  method: "POST",
  path: "/derp/leases/:leaseId/configuration/rotate",
  permission: "leases.write",
  summary: "A new download address; the old one stops working at once. A dry run tells for whom",
  input: z.object({ leaseId }),
  reply: configuration.extend({
    cutOff: z
      .array(
        z.object({
          address: z.string(),
          location: z.string().nullable(),
          program: z.string().nullable(),
          lastAt: time,
          times: z.number().int(),
        }),
      )
      .describe("who fetched from the old address in the last 30 days"),
  }),
});

export const policy = z.object({ leaseId, policy: z.string().nullable(), changedAt: time.nullable() });

export const getPolicy = route({
  method: "GET",
  path: "/derp/leases/:leaseId/policy",
  permission: "leases.read",
  summary: "The customer's own policy file, into which downloads put the derpMap",
  input: z.object({ leaseId }),
  reply: policy,
});

export const setPolicy = route({
  method: "POST",
  path: "/derp/leases/:leaseId/policy",
  permission: "leases.write",
  summary: "Take over one's own policy file (HuJSON): its derpMap is replaced in downloads, all else stays; null: none",
  input: z.object({ leaseId, policy: z.string().max(262_144).nullable() }),
  reply: policy,
});
