import { statfs } from "node:fs/promises";
import { connect } from "node:net";
import { availableParallelism, freemem, loadavg, totalmem } from "node:os";
import { secondMs } from "@berth/kit";
import { limitTo } from "../limits.ts";
import type { Handler } from "./operations.ts";

interface Peer {
  readonly nodeId: string;
  readonly host: string;
  readonly port: number;
}

const connectMs = 3 * secondMs;
const atOnce = 8;

/** How this node is, and how far it is from control and from the relays of the other nodes. */
export function probe({ folder, url }: { folder: string; url: string }): Handler {
  return async ({ input, signal, progress }) => {
    const { peers = [] } = input as { peers?: readonly Peer[] };
    const disk = await statfs(folder);
    const { hostname, port } = new URL(url);
    const controlMs = await roundTripMs(hostname.replace(/^\[|\]$/g, ""), Number(port || 443), signal);
    const limit = limitTo(atOnce);
    let done = 0;
    const measured = await Promise.all(
      peers.map(({ nodeId, host, port }) =>
        limit(async () => {
          const ms = await roundTripMs(host, port, signal);
          progress((++done / peers.length) * 100, `${done} of ${peers.length} nodes measured`);
          return { nodeId, host, port, ms };
        }),
      ),
    );
    signal.throwIfAborted();
    return {
      load: loadavg()[0],
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      memoryUsedBytes: totalmem() - freemem(),
      diskBytes: disk.blocks * disk.bsize,
      diskFreeBytes: disk.bavail * disk.bsize,
      controlMs,
      peers: measured,
    };
  };
}

/** From a SYN to its answer, in milliseconds; nothing when there is none in time. */
async function roundTripMs(host: string, port: number, signal: AbortSignal): Promise<number | null> {
  if (signal.aborted) return null;
  const beganAt = performance.now();
  const socket = connect({ host, port });
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  socket.setTimeout(connectMs, stop);
  try {
    return await new Promise((resolve) => {
      socket.on("connect", () => resolve(Math.round((performance.now() - beganAt) * 10) / 10));
      socket.on("error", () => resolve(null));
      socket.on("close", () => resolve(null));
    });
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}
