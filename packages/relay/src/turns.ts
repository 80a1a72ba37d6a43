import type { Socket } from "node:net";

/** What one connection may bring in one turn of the event loop. */
const turnBytes = 128 * 1024;

/** What a connection has brought in the present turn. */
export interface Share {
  readonly socket: Socket;
  turn: number;
  bytes: number;
}

/**
 * Makes connections take turns. A turn of the event loop reads up to 2 MiB from a socket that has so much, but a TLS socket
 * finishes one write a turn: without a limit, a sender on a fast line would overrun a receiver on an equally fast one within each
 * turn (measured at 2 Gbit/s on loopback, 2026-11: 4 % loss without, none with), and everybody else would wait meanwhile.
 */
export class Turns {
  #turn = 0;
  #isRunning = false;
  #paused: Socket[] = [];

  /** To be called for each read; pauses the socket until the next turn when it has had its share. */
  spend(share: Share, bytes: number): void {
    if (!this.#isRunning) {
      this.#isRunning = true;
      setImmediate(() => this.#end());
    }
    if (share.turn !== this.#turn) {
      share.turn = this.#turn;
      share.bytes = 0;
    }
    const before = share.bytes;
    share.bytes += bytes;
    if (before >= turnBytes || share.bytes < turnBytes) return;
    share.socket.pause();
    this.#paused.push(share.socket);
  }

  #end(): void {
    this.#isRunning = false;
    this.#turn++;
    const paused = this.#paused;
    this.#paused = [];
    for (const socket of paused) socket.resume();
  }
}
