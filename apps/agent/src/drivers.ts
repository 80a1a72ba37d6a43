import { join, resolve } from "node:path";
import type { AnyDriver } from "@berth/node";
import { derpDriver } from "@berth/offering-derp/node";
import type { Config } from "./config.ts";

/** What this agent can run: one entry per offering. */
export function makeDrivers({ folder, relaySocket, relayHost, dockerSocket, derperImage }: Config): AnyDriver[] {
  const derper = {
    socketPath: dockerSocket,
    image: derperImage,
    host: relayHost,
    folder: join(resolve(folder), "derper"),
  };
  return [derpDriver({ socketPath: relaySocket }, derper)];
}
