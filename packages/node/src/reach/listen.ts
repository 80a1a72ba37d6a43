import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { secondMs } from "@berth/kit";
import { answerTo, askBytes } from "./proof.ts";

export interface Wanted {
  readonly secret: Uint8Array;
  readonly ports: readonly number[];
  /** Where a wanted port is taken, the next free one up to here. */
  readonly portTo: number;
  readonly host: string;
}

export interface Listening {
  /** Open for TCP and UDP. */
  readonly ports: readonly number[];
  close(): void;
}

const triesMost = 50;
const connectionsMost = 20;
const patienceMs = 5 * secondMs;

/** Opens ports that answer who knows the secret, and nobody else. */
export async function listenForReach({ secret, ports, portTo, host }: Wanted): Promise<Listening> {
  const open = new Map<number, () => void>();
  for (const first of ports) {
    for (let port = first; port <= Math.min(portTo, first + triesMost); port++) {
      if (open.has(port)) continue;
      const close = await openBoth(host, port, secret);
      if (!close) continue;
      open.set(port, close);
      break;
    }
  }
  return {
    ports: [...open.keys()],
    close() {
      for (const close of open.values()) close();
      open.clear();
    },
  };
}

/** Nothing when one of both is taken. */
async function openBoth(host: string, port: number, secret: Uint8Array): Promise<(() => void) | undefined> {
  const server = serveTcp(port, secret);
  const socket = serveUdp(port, secret, host.includes(":"));
  const close = () => {
    server.close();
    socket.close();
  };
  try {
    server.listen(port, host);
    socket.bind(port, host);
    await Promise.all([once(server, "listening"), once(socket, "listening")]);
    // What goes wrong later shows as a port that is not reached.
    server.on("error", () => undefined);
    socket.on("error", () => undefined);
    return close;
  } catch {
    close();
    return undefined;
  }
}

function serveTcp(port: number, secret: Uint8Array): Server {
  const server = createServer((connection: Socket) => {
    let heard = "";
    connection.setTimeout(patienceMs, () => connection.destroy());
    connection.on("error", () => undefined);
    connection.on("data", (data) => {
      heard += data.toString("latin1");
      if (heard.length < askBytes) return;
      const answer = answerTo(heard, { secret, protocol: "tcp", port });
      if (answer) connection.end(answer);
      else connection.destroy();
    });
  });
  server.maxConnections = connectionsMost;
  return server;
}

function serveUdp(port: number, secret: Uint8Array, isIpv6: boolean): Datagrams {
  const socket = createSocket(isIpv6 ? "udp6" : "udp4");
  socket.on("message", (message, { address, port: from }) => {
    const answer = answerTo(message.toString("latin1"), { secret, protocol: "udp", port });
    if (answer) socket.send(answer, from, address, () => undefined);
  });
  return socket;
}
