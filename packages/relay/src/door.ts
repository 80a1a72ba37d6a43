import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { Refusal } from "@berth/kit";
import { Connection } from "./connection.ts";
import { answer, greeting, upgradeRefused, wantsDerp } from "./http.ts";
import type { Identity } from "./identity.ts";
import type { LiveRoom } from "./live-room.ts";
import type { Doorway } from "./room.ts";

/** For TCP, TLS, the upgrade and the login together. Clients give up after 10 s. */
const loginSeconds = 15;
const tcpKeepAliveMs = 60_000;
/** What old clients can do as well. AES-128 first: what passes is sealed end to end already, and it is the cheapest that is safe. */
const terms = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
  ].join(":"),
} as const;

interface Visit {
  readonly address: string;
  readonly socket: Socket;
  readonly release: () => void;
  /** What happens when it has not logged in in time. */
  expire: () => void;
  /** Once it speaks DERP. */
  connection?: Connection;
}

const shutText = "this configuration of the relay is out of date or was revoked: fetch the present one";

/**
 * A port of a room, with the identity that is shown there. TCP is accepted by a listener of its own, so that crowds are turned
 * away before TLS; TLS and HTTP are those of one https server that itself never listens.
 */
export class Door {
  readonly #room: LiveRoom;
  readonly #https: HttpsServer;
  readonly #visits = new Map<string, Visit>();
  readonly port: number;
  #identity: Identity;
  #doorway: Doorway;
  #listener: Server | undefined;
  #onEmpty: () => void = () => {};

  constructor(room: LiveRoom, doorway: Doorway, identity: Identity) {
    this.#room = room;
    this.port = doorway.port;
    this.#doorway = doorway;
    this.#identity = identity;
    const { tls } = identity;
    const options = { ...tls, ...terms, ALPNProtocols: ["http/1.1"], maxHeaderSize: 8 * 1024 } as const;
    this.#https = createHttpsServer(options, answer);
    this.#https.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
  }

  get doorway(): Doorway {
    return this.#doorway;
  }

  /** What new connections see. */
  get identity(): Identity {
    return this.#identity;
  }

  async listen(host: string): Promise<void> {
    const listener = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs }, (socket) =>
      this.#visit(socket),
    );
    await listenOn(listener, host, this.port);
    const { instanceId, shared } = this.#room;
    // Of single connections, as when there are no file descriptors left: the listener goes on.
    listener.on("error", (err) => shared.log.warn({ instanceId, err }, "connection not accepted"));
    this.#listener = listener;
  }

  /** From now on it is such a doorway, with this identity for those who come; those who are there are left in peace. */
  show(doorway: Doorway, identity: Identity): void {
    this.#doorway = doorway;
    if (identity === this.#identity) return;
    this.#identity = identity;
    this.#https.setSecureContext({ ...identity.tls, ...terms });
  }

  /** Tells those who came in this way why, and ends their connections; its port is free at once. */
  shut(onEmpty: () => void): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.#onEmpty = onEmpty;
    if (this.#visits.size === 0) onEmpty();
    for (const { socket, connection } of this.#visits.values()) {
      if (connection?.member) connection.dismiss("door_closed", shutText);
      else socket.destroy();
    }
  }

  /** Lets nobody in any more; resolves when everybody has left. */
  async empty(): Promise<void> {
    this.#listener?.close();
    this.#room.farewell();
    if (this.#visits.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  /** Ends every connection; the port is free when this resolves. */
  async close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = listener?.listening && once(listener, "close");
    listener?.close();
    this.#room.endAll();
    for (const { socket } of this.#visits.values()) socket.destroy();
    await closed;
  }

  #visit(socket: Socket): void {
    const { instanceId, shared } = this.#room;
    const address = plainAddress(socket.remoteAddress ?? "");
    const leave = shared.gate.enter(instanceId, address);
    if (!leave) {
      shared.tally.ends.crowded++;
      socket.destroy();
      return;
    }
    const expire = () => {
      shared.tally.ends.late++;
      socket.destroy();
    };
    const stopDeadline = shared.wheel.start(loginSeconds, () => visit.expire());
    const release = () => {
      leave();
      stopDeadline();
    };
    const visit: Visit = { address, socket, release, expire };
    const name = nameOf(socket);
    this.#visits.set(name, visit);
    socket.on("error", () => {}); // a close follows, and says all
    socket.on("close", () => {
      release();
      if (this.#visits.get(name) === visit) this.#visits.delete(name);
      if (this.#visits.size === 0) this.#onEmpty();
    });
    this.#https.emit("connection", socket);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => {});
    const visit = this.#visits.get(nameOf(socket));
    if (!visit || !wantsDerp(request)) {
      socket.end(upgradeRefused);
      return;
    }
    socket.setTimeout(0);
    const { address, release: admitted } = visit;
    const connection = new Connection(this.#room, socket, { address, admitted, identity: this.#identity });
    visit.connection = connection;
    visit.expire = () => connection.end("late");
    connection.start(greeting(request, this.#identity.keys.publicKey), head);
  }
}

async function listenOn(listener: Server, host: string, port: number): Promise<void> {
  try {
    listener.listen({ host, port, exclusive: true });
    await once(listener, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Refusal("conflict", "relay.port_in_use", `port ${port} is in use`, { port });
  }
}

/** A TLS socket and the TCP socket below it have this in common, and no two connections of a listener do. */
function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress}|${localPort}|${remoteAddress}|${remotePort}`;
}

/** IPv4 as such, also where it came through an IPv6 socket. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
