import { mkdir } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { onParentGone, Refusal } from "@berth/kit";
import type { Config } from "./config.ts";
import { keepRunning, mainOf } from "./program.ts";

/** Makes this machine a node and keeps it one: runs a relay and an agent until it is told to end. */
export async function join(config: Config, [url, token]: readonly string[]): Promise<void> {
  if (!url || !token) throw new Refusal("invalid", "cli.usage", "usage: npm run berth -- join https://HOST:8443 TOKEN");
  const folder = joinPath(config.data, "node");
  await mkdir(joinPath(config.data, "logs"), { recursive: true, mode: 0o700 });
  const env = {
    ...config.env,
    BERTH_CONTROL_URL: url,
    BERTH_JOIN_TOKEN: token,
    BERTH_AGENT_DATA: folder,
    BERTH_LOG_FOLDER: joinPath(config.data, "logs"),
    BERTH_RELAY_SOCKET: config.relaySocket,
    BERTH_STUN_PORT: String(config.BERTH_STUN_PORT),
    BERTH_RENDEZVOUS_PORT: String(config.BERTH_RENDEZVOUS_PORT),
    BERTH_NODE_PORTS: config.BERTH_NODE_PORTS,
  };
  const parts = ["relay", "agent"].map((name) =>
    keepRunning({
      name,
      main: mainOf(name),
      env,
      logFile: joinPath(config.data, "logs", `${name}.log`),
      onRestart: console.log,
    }),
  );
  console.log(`this machine is a node of ${url}; logs are in ${joinPath(config.data, "logs")}`);
  const end = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  onParentGone(end);
}
