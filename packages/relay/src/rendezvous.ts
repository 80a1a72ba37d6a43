import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { selfSign, toPem } from "@berth/derp";
import { hourMs, minuteMs, Refusal, secondMs } from "@berth/kit";
import { Gate, type GateLimits } from "./gate.ts";
import { type Log, silentLog } from "./log.ts";
import { hashOfTicket, readFirstLine } from "./rendezvous-ticket.ts";

export interface RendezvousOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM; the ends pin it. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly log?: Log;
  readonly limits?: Partial<RendezvousLimits>;
}

interface RendezvousLimits {
  /** For TLS and the line with the ticket. */
  readonly sayMs: number;
  /** For the other end to come. */
  readonly waitMs: number;
  readonly idleMs: number;
  readonly longestMs: number;
  /** Tickets that are expected, and flows that are joined, at a time. */
  readonly expectedMost: number;
  readonly joinedMost: number;
  /** Connections that are not joined. */
  readonly gate: GateLimits;
}

const usual: RendezvousLimits = {
  sayMs: 10 * secondMs,
  waitMs: 20 * secondMs,
  idleMs: 15 * minuteMs,
  longestMs: 8 * hourMs,
  expectedMost: 1_024,
  joinedMost: 1_024,
  gate: { perRoom: 1_024, perAddress: 32, total: 1_024 },
};

/** A ticket that two ends will show. */
interface Expected {
  readonly expire: NodeJS.Timeout;
  first?: TLSSocket;
}

/** A connection that is not joined yet. */
interface Visit {
  /** Gives its place among these back. */
  readonly leave: () => void;
  /** It has said its ticket. */
  readonly said: () => void;
}

/*
 * Joins two ends that both dialled. Each says a line over TLS, the ticket that both were given:
 *
 *   end → here    TICKET\n
 *   here → end    joined\n      when the other one is there; then everything is passed on
 *
 * Only tickets that were announced are taken, each for two ends and once: a stranger finds nobody here.
 */
export class Rendezvous {
  readonly #limits: RendezvousLimits;
  readonly #log: Log;
  readonly #gate: Gate;
  readonly #tls: TlsServer;
  readonly #listener: Server;
  readonly #expected = new Map<string, Expected>();
  readonly #sockets = new Set<Socket>();
  readonly #visits = new Map<string, Visit>();
  #joined = 0;

  private constructor({ certificate, privateKey, log = silentLog, limits }: RendezvousOptions) {
    this.pin = new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase();
    this.#limits = { ...usual, ...limits };
    this.#log = log;
    this.#gate = new Gate(this.#limits.gate);
    this.#tls = createTlsServer({ cert: certificate, key: privateKey, minVersion: "TLSv1.3" });
    this.#tls.on("tlsClientError", (_error, socket) => socket.destroy());
    this.#tls.on("secureConnection", (socket) => {
      socket.on("error", () => {}); // a close follows
      void this.#hear(socket).catch(() => socket.destroy());
    });
    // TCP is accepted by a listener of its own, so that crowds are turned away before TLS.
    this.#listener = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#visit(socket));
    this.#listener.on("error", (err) => this.#log.warn({ err }, "rendezvous did not accept a connection"));
  }

  static async listen(options: RendezvousOptions): Promise<Rendezvous> {
    const rendezvous = new Rendezvous(options);
    rendezvous.#listener.listen({ host: options.host, port: options.port, exclusive: true });
    await once(rendezvous.#listener, "listening");
    return rendezvous;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** SHA-256 of its certificate, hex. */
  readonly pin: string;

  /** Connections that are open, joined or not. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Two ends will show the ticket of this hash (`hashOfTicket`) until then. Nothing changes when it is expected already. */
  expect(ticketHash: string, until: Date): void {
    if (this.#expected.has(ticketHash)) return;
    if (this.#expected.size >= this.#limits.expectedMost) {
      throw new Refusal("exhausted", "rendezvous.full", "too many are expected here");
    }
    const leftMs = Math.min(Math.max(0, until.getTime() - Date.now()), hourMs);
    this.#expected.set(ticketHash, { expire: setTimeout(() => this.#forget(ticketHash), leftMs).unref() });
  }

  /** Ends everything; the port is free when this resolves. */
  async close(): Promise<void> {
    const closed = once(this.#listener, "close");
    this.#listener.close();
    for (const hash of [...this.#expected.keys()]) this.#forget(hash);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #visit(raw: Socket): void {
    const leave = this.#gate.enter("rendezvous", raw.remoteAddress ?? "");
    if (!leave) {
      raw.destroy();
      return;
    }
    this.#sockets.add(raw);
    raw.on("error", () => {}); // a close follows
    raw.on("close", () => {
      leave();
      this.#sockets.delete(raw);
    });
    const late = setTimeout(() => raw.destroy(), this.#limits.sayMs);
    raw.once("close", () => {
      clearTimeout(late);
      this.#visits.delete(nameOf(raw));
    });
    this.#visits.set(nameOf(raw), { leave, said: () => clearTimeout(late) });
    this.#tls.emit("connection", raw);
  }

  async #hear(socket: TLSSocket): Promise<void> {
    const visit = this.#visits.get(nameOf(socket));
    const hash = hashOfTicket(await readFirstLine(socket));
    visit?.said();
    const expected = this.#expected.get(hash);
    if (!expected || this.#joined >= this.#limits.joinedMost) {
      socket.destroy();
      return;
    }
    const { first } = expected;
    if (first) {
      this.#spend(hash, expected);
      first.emit("partner");
      visit?.leave();
      await this.#join(first, socket);
      return;
    }
    expected.first = socket;
    const tired = setTimeout(() => socket.destroy(), this.#limits.waitMs);
    const leave = () => this.#spend(hash, expected);
    socket.once("close", leave);
    socket.once("partner", () => {
      socket.off("close", leave);
      clearTimeout(tired);
      visit?.leave();
    });
    socket.once("close", () => clearTimeout(tired));
  }

  /** Whatever comes of it: nobody else is let in with it. */
  #spend(hash: string, { expire }: Expected): void {
    clearTimeout(expire);
    this.#expected.delete(hash);
  }

  #forget(hash: string): void {
    const expected = this.#expected.get(hash);
    if (!expected) return;
    this.#spend(hash, expected);
    expected.first?.destroy();
  }

  async #join(one: TLSSocket, other: TLSSocket): Promise<void> {
    this.#joined++;
    const end = () => {
      one.destroy();
      other.destroy();
    };
    const longest = setTimeout(end, this.#limits.longestMs);
    for (const socket of [one, other]) {
      socket.setMaxListeners(0); // two pipelines hang several on each
      socket.setTimeout(this.#limits.idleMs, end);
      socket.write("joined\n");
    }
    try {
      // Each direction waits for who reads, and ends by itself: what was said before is still passed on.
      await Promise.all([pipeline(one, other), pipeline(other, one)]);
    } catch {
      // One of them broke off; so does the other.
    } finally {
      clearTimeout(longest);
      end();
      this.#joined--;
    }
  }
}

/** A TLS socket and the TCP socket below it have this in common. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}|${remotePort}`;
}

/** A rendezvous with a certificate of its own making. Its hash is told with every ticket, so that its dates do not matter. */
export function openRendezvous(place: { host: string; port: number; log: Log }): Promise<Rendezvous> {
  const { certificate, privateKey } = selfSign("rendezvous");
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return Rendezvous.listen({ ...place, certificate: toPem(certificate), privateKey: key });
}
