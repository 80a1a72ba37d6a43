import { z } from "zod";
import { bigNumber, idOf, time } from "./values.ts";

export const nodeId = idOf("node");

export const nodeStates = ["joining", "online", "offline", "cordoned", "removed"] as const;

export const reaches = ["unknown", "proven", "unproven"] as const;

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
  isLocationByHand: z.boolean(),
  reach: z
    .enum(reaches)
    .describe("whether one gets through to its ports; nothing new is placed where that was tried in vain"),
  reachTestedAt: time.nullable(),
  isUnprovenAllowed: z.boolean(),
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
