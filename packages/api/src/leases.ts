import { z } from "zod";
import { batchOf } from "./batch.ts";
import { countsOf, listInput, listOf, search, several } from "./list.ts";
import { route } from "./route.ts";
import { bigNumber, idOf, label, time } from "./values.ts";

export const leaseId = idOf("lease");

export const instance = z.object({
  id: idOf("instance"),
  nodeId: z.string(),
  nodeName: z.string(),
  nodeState: z.string(),
  region: z.string(),
  address: z.string().nullable(),
  port: z.number().int().nullable(),
  generation: bigNumber,
  desired: z.enum(["running", "stopped", "released"]),
  phase: z.enum(["pending", "starting", "running", "failed", "stopped"]),
  phaseReason: z.string().nullable(),
  usedBytes: bigNumber,
  ceilingBytes: bigNumber.nullable().describe("how far it may go while its node is cut off"),
  placement: z.record(z.string(), z.unknown()).describe("why this node"),
});

const leaseStates = ["pending", "active", "suspended", "expired", "ended"] as const;

export const lease = z.object({
  id: leaseId,
  accountId: z.string(),
  accountName: z.string(),
  planId: z.string(),
  planName: z.string(),
  kind: z.string(),
  state: z.enum(leaseStates),
  suspendedFor: z.enum(["quota", "staff"]).nullable(),
  trafficBytes: bigNumber.nullable(),
  usedBytes: bigNumber,
  devices: z.number().int().nullable(),
  reset: z.enum(["never", "daily", "monthly"]),
  periodFrom: time,
  startsAt: time,
  until: time,
  instances: z.array(instance),
});

export const listLeases = route({
  method: "GET",
  path: "/leases",
  permission: "leases.read",
  summary: "One's own leases, or for staff everybody's",
  input: listInput(["-created", "until", "used"], {
    q: search.describe("begin of an id of a lease or an account, or of the account's name"),
    state: several(leaseStates).optional(),
    accountId: z.string().max(64).optional(),
    planId: z.string().max(64).optional(),
    kind: z.string().max(32).optional(),
    nodeId: z.string().max(64).optional().describe("has an instance there"),
    from: time.optional().describe("made at this moment or later"),
    to: time.optional().describe("made before this moment"),
    endsFrom: time.optional().describe("until this moment or later"),
    endsTo: time.optional().describe("until before this moment"),
    usedPercent: z.coerce.number().int().min(1).max(10_000).optional().describe("used at least so much of its quota"),
  }),
  reply: listOf(lease),
  csv: "leases",
});

export const countLeases = route(countsOf(listLeases, leaseStates));

export const getLease = route({
  method: "GET",
  path: "/leases/:leaseId",
  permission: "leases.read",
  summary: "One lease with its instances",
  input: z.object({ leaseId }),
  reply: lease,
});

export const suspendLease = route({
  method: "POST",
  path: "/leases/:leaseId/suspend",
  permission: "leases.any",
  summary: "Stop service without ending the lease",
  input: z.object({ leaseId, reason: label }),
  reply: lease,
});

export const resumeLease = route({
  method: "POST",
  path: "/leases/:leaseId/resume",
  permission: "leases.any",
  summary: "Resume a lease that staff suspended",
  input: z.object({ leaseId }),
  reply: lease,
});

export const suspendLeases = batchOf(suspendLease, {
  path: "/leases/batch-suspend",
  summary: "Stop service of leases without ending them, up to 500",
});

export const resumeLeases = batchOf(resumeLease, {
  path: "/leases/batch-resume",
  summary: "Resume leases that staff suspended, up to 500",
});

export const endLease = route({
  method: "POST",
  path: "/leases/:leaseId/end",
  permission: "leases.any",
  summary: "End a lease now: its instances are released",
  input: z.object({ leaseId, reason: label }),
  reply: lease,
});

export const device = z.object({
  id: idOf("device"),
  leaseId,
  name: z.string(),
  key: z.string(),
  usedBytes: bigNumber,
  createdAt: time,
});

export const listDevices = route({
  method: "GET",
  path: "/leases/:leaseId/devices",
  permission: "leases.read",
  summary: "Devices that may use a lease",
  input: z.object({ leaseId }),
  reply: z.object({ items: z.array(device) }),
});

export const addDevice = route({
  method: "POST",
  path: "/leases/:leaseId/devices",
  permission: "leases.write",
  summary: "Register a device by its key; adding a registered one again changes only its name",
  input: z.object({ leaseId, key: z.string().max(200), name: label }),
  reply: device,
});

export const removeDevice = route({
  method: "DELETE",
  path: "/leases/:leaseId/devices/:deviceId",
  permission: "leases.write",
  summary: "Remove a device: its connections are closed within 5 s",
  input: z.object({ leaseId, deviceId: idOf("device") }),
  reply: z.object({ removed: z.literal(true) }),
});

export const listKnocks = route({
  method: "GET",
  path: "/leases/:leaseId/knocks",
  permission: "leases.read",
  summary: "Unregistered keys that asked for this lease, newest first",
  input: z.object({ leaseId }),
  reply: z.object({
    items: z.array(
      z.object({
        key: z.string(),
        instanceId: z.string(),
        address: z.string(),
        firstAt: time,
        lastAt: time,
        count: bigNumber,
      }),
    ),
  }),
});
