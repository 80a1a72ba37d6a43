import { connect, type TLSSocket } from "node:tls";
import { Refusal, secondMs } from "@berth/kit";
import { readFirstLine } from "./rendezvous-ticket.ts";

export interface RendezvousPlace {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of its certificate, hex. */
  readonly pin: string;
  readonly ticket: string;
}

const connectMs = 5 * secondMs;
/** The other end has its own way to find. */
const joinedMs = 20 * secondMs;

/** One end at a rendezvous; resolves when the other one is there. The ticket is shown to nobody but who has that certificate. */
export async function dialRendezvous(place: RendezvousPlace, signal: AbortSignal): Promise<TLSSocket> {
  const socket = connect({ host: place.host, port: place.port, rejectUnauthorized: false, minVersion: "TLSv1.3" });
  socket.on("error", () => {}); // a close follows
  const leave = () => socket.destroy();
  signal.addEventListener("abort", leave, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", leave));
  if (signal.aborted) leave();
  try {
    await within(connectMs, socket, connected(socket));
    requirePin(socket, place.pin);
    socket.write(`${place.ticket}\n`);
    await within(joinedMs, socket, joined(socket));
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function connected(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("close", () =>
      reject(new Refusal("unavailable", "rendezvous.unreachable", "the relay can't be reached")),
    );
  });
}

function requirePin(socket: TLSSocket, pin: string): void {
  const seen = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(":", "").toLowerCase();
  if (seen !== pin)
    throw new Refusal("forbidden", "rendezvous.other_certificate", "that is not the relay that was meant");
}

async function joined(socket: TLSSocket): Promise<void> {
  const line = await readFirstLine(socket).catch(() => "");
  if (line !== "joined") throw new Refusal("unavailable", "rendezvous.not_joined", "the other end did not come");
}

function within<T>(ms: number, socket: TLSSocket, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => socket.destroy(), ms);
  return work.finally(() => clearTimeout(timer));
}
