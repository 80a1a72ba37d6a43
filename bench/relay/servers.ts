import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatNodeKey, type KeyPair } from "@berth/derp";
import { sleep } from "@berth/kit";
import { RelayClient } from "@berth/relay";
import { makeTestRoom } from "../../packages/relay/src/test-room.ts";
import { goTool } from "../../tests/tools.ts";

/** A DERP server in a process of its own, which lets these keys in. */
export interface Server {
  readonly pid: number;
  /** `host:port`; clients are spread over them. */
  readonly doors: readonly string[];
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Two for each pair, in turn, then one for each idle client. */
  readonly keys: readonly KeyPair[];
  readonly firstPort: number;
}

/** As many as a customer with a large network has. */
const devicesPerRoom = 400;

/** Berth's relay, with a room for each 400 clients. */
export async function startBerth({ keys, firstPort }: ServerOptions): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-"));
  const socketPath = join(folder, "control.sock");
  const env = { ...process.env, BERTH_RELAY_SOCKET: socketPath, BERTH_RELAY_HOST: "127.0.0.1", BERTH_STUN_PORT: "0" };
  const main = join(import.meta.dirname, "../../apps/relay/src/main.ts");
  const child = spawn(process.execPath, [...relayFlags, main], { env, stdio: ["ignore", "ignore", "inherit"] });
  const client = new RelayClient({ socketPath, timeoutMs: 30_000 });
  const doors: string[] = [];
  for (let n = 0; n * devicesPerRoom < keys.length; n++) {
    const port = firstPort + n;
    const { room } = makeTestRoom(port, {}, 0);
    const devices = share(keys, n).map(({ publicKey }, i) => ({ id: `d${i}`, key: formatNodeKey(publicKey) }));
    await client.put({ ...room, devices });
    doors.push(`127.0.0.1:${port}`);
  }
  client.close();
  return { pid: pidOf(child), doors, close: () => end(child, folder) };
}

/** The nth room's: clients are spread over the doors in turn, both of a pair at the same. */
function share(keys: readonly KeyPair[], n: number): KeyPair[] {
  const rooms = Math.ceil(keys.length / devicesPerRoom);
  return keys.filter((_, i) => Math.floor(i / 2) % rooms === n);
}

/** As its unit starts it. */
const relayFlags: readonly string[] = [];

/** Tailscale's derper, which makes itself a certificate and lets everybody in. */
export async function startDerper({ firstPort }: ServerOptions): Promise<Server> {
  const derper = await goTool("derper");
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-"));
  const door = `127.0.0.1:${firstPort}`;
  const args = ["-a", door, "-c", join(folder, "derper.key"), "-certmode", "manual", "-hostname", "127.0.0.1"];
  args.push("-certdir", folder, "-stun=false", "-http-port", "-1");
  const child = spawn(derper, args, { stdio: ["ignore", "ignore", "ignore"] });
  await accepts(firstPort);
  return { pid: pidOf(child), doors: [door], close: () => end(child, folder) };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("the server did not start");
  return pid;
}

async function accepts(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(late);
  await rm(folder, { recursive: true, force: true });
}
