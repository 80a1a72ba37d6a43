import type { Socket } from "node:net";
import type { Admitted, LinkGate } from "./gate.ts";

/**
 * How many connections may be open that have shown no certificate of this installation: while they shake hands, and as long as
 * they have come to enrol. Of all places together, and of one.
 */
export const mostUnknown = { together: 1_024, ofPlace: 64 } as const;

interface Visitor {
  readonly admitted: Admitted;
  readonly socket: Socket;
  isUnknown: boolean;
}

/** The connections of a link, and which of them nobody knows yet. */
export class Doorway {
  readonly #gate: LinkGate;
  readonly #visitors = new Map<string, Visitor>();
  readonly #ofPlace = new Map<string, number>();
  #unknown = 0;

  constructor(gate: LinkGate) {
    this.#gate = gate;
  }

  /** Passes a connection on when it may come in, and cuts it off when it may not. */
  async enter(socket: Socket, pass: (socket: Socket) => void): Promise<void> {
    // Until it has an owner who hears of it, a connection that breaks is nobody's bug.
    socket.on("error", () => undefined);
    const name = nameOf(socket);
    const admitted = await this.#gate.enter(socket.remoteAddress ?? "").catch(() => undefined);
    if (socket.destroyed || !admitted || !this.#hasRoom(admitted)) {
      socket.destroy();
      return;
    }
    this.#visitors.set(name, { admitted, socket, isUnknown: true });
    this.#count(admitted, 1);
    socket.once("close", () => this.#leave(name));
    pass(socket);
  }

  /** Its certificate is one of this installation: it counts as unknown no more. */
  know(socket: Peer): void {
    const visitor = this.#visitors.get(nameOf(socket));
    if (!visitor?.isUnknown) return;
    visitor.isUnknown = false;
    this.#count(visitor.admitted, -1);
  }

  isNodesOnly(socket: Peer): boolean {
    return this.#visitors.get(nameOf(socket))?.admitted.isNodesOnly === true;
  }

  destroyAll(): void {
    for (const { socket } of this.#visitors.values()) socket.destroy();
  }

  #hasRoom({ place }: Admitted): boolean {
    if (place === undefined) return true;
    return this.#unknown < mostUnknown.together && (this.#ofPlace.get(place) ?? 0) < mostUnknown.ofPlace;
  }

  #leave(name: string): void {
    const visitor = this.#visitors.get(name);
    this.#visitors.delete(name);
    if (visitor?.isUnknown) this.#count(visitor.admitted, -1);
  }

  #count({ place }: Admitted, change: 1 | -1): void {
    if (place === undefined) return;
    this.#unknown += change;
    const count = (this.#ofPlace.get(place) ?? 0) + change;
    if (count > 0) this.#ofPlace.set(place, count);
    else this.#ofPlace.delete(place);
  }
}

interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The same for a connection and for what TLS makes of it. */
const nameOf = ({ remoteAddress, remotePort }: Peer) => `${remoteAddress} ${remotePort}`;
