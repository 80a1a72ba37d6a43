import { spawn } from "node:child_process";
import { once } from "node:events";

const main = new URL("../../../apps/relay/src/main.ts", import.meta.url).pathname;

/** A relay process on 127.0.0.1 that is steered through that socket. */
export async function startRelay(socketPath: string) {
  const env = { BERTH_RELAY_SOCKET: socketPath, BERTH_RELAY_HOST: "127.0.0.1", BERTH_STUN_PORT: "0" };
  const relay = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  await once(relay.stdout, "data");
  return relay;
}
