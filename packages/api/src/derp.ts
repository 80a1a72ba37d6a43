import { z } from "zod";
import { leaseId } from "./leases.ts";
import { route } from "./route.ts";
import { time } from "./values.ts";

export const configuration = z.object({
  leaseId,
  version: z.number().int(),
  /** Without a form it is the derpMap; `?form=policy` and `?form=headscale` give the other two. */
  url: z.string(),
  changedAt: time,
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
  summary: "A new download address; the old one stops working at once",
  input: z.object({ leaseId }),
  reply: configuration,
});
