import { z } from "zod";
import { setting } from "../settings/index.ts";

/** Heartbeats come every 10 s; with 40 a node that missed three is offline at the fourth. */
export const offlineAfterSeconds = setting({
  name: "fleet.offline_after_seconds",
  schema: z.number().int().min(15).max(3_600),
  default: 40,
  description: "How long a node may be silent before it counts as offline",
});

export const fleetSettings = [offlineAfterSeconds];
