import type { AnyDriver } from "@berth/node";
import { derpDriver } from "@berth/offering-derp/node";
import type { Config } from "./config.ts";

/** What this agent can run: one line per offering. */
export function makeDrivers({ relaySocket }: Config): AnyDriver[] {
  return [derpDriver({ socketPath: relaySocket })];
}
