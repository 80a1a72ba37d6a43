/*
 * The agent of a node: makes it run what control wants. It needs a relay process behind BERTH_RELAY_SOCKET, and a join token
 * the first time. SIGTERM and SIGINT end it within five seconds, with all counters on disk and told; so does the end of an
 * IPC channel to a parent. What it runs goes on without it.
 */
import { join } from "node:path";
import { onParentGone, secondMs } from "@berth/kit";
import { startAgent } from "@berth/node";
import pino from "pino";
import manifest from "../package.json" with { type: "json" };
import { readConfig } from "./config.ts";
import { makeDrivers } from "./drivers.ts";
import { findJoinToken } from "./join-token.ts";
import { expectEndsAt, relayVersionAt, restartRelayAt } from "./relay.ts";

const stopWithinMs = 4.5 * secondMs;

const config = readConfig();
const { logFolder } = config;
const log = pino({ level: config.logLevel, base: { name: "agent" } });

const starting = startAgent({
  url: config.controlUrl,
  folder: config.folder,
  drivers: makeDrivers(config),
  name: config.name,
  version: manifest.version,
  joinToken: (signal) => findJoinToken(config, signal),
  addresses: config.addresses,
  ports: config.ports,
  host: config.relayHost,
  stunPort: config.stunPort,
  region: config.region,
  logFiles: logFolder ? { agent: join(logFolder, "agent.log"), relay: join(logFolder, "relay.log") } : {},
  canShell: config.canShell,
  expectEnds: expectEndsAt(config.relaySocket),
  restartRelay: restartRelayAt(config.relaySocket),
  end: () => void stop("asked to restart"),
  dockerSocket: config.dockerSocket,
  relayVersion: relayVersionAt(config.relaySocket),
  now: () => new Date(),
  log,
});
let isStopping = false;
async function stop(cause: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  log.info({ cause }, "agent stopping");
  setTimeout(() => process.exit(1), stopWithinMs).unref();
  await (await starting).close();
  process.exit(0);
}

process.on("SIGTERM", () => void stop("SIGTERM"));
process.on("SIGINT", () => void stop("SIGINT"));
onParentGone(() => void stop("the parent is gone"));

await starting;
log.info({ pid: process.pid }, "agent ready");
