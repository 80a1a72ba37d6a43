import { Readable } from "node:stream";
import type { LimitKind } from "@berth/api";
import { Turns, TurnsEach } from "./turns.ts";

/** What of a replica's sixteen connections, and of its time, expensive work may have; the rest is everybody else's. */
export class WorkTurns {
  /** Redeeming waits for locks with a connection in hand. */
  readonly #redeeming = new Turns({ atOnce: 6, mostWaiting: 250 });
  /** Looking for something among millions takes a connection for as long as it takes. */
  readonly #searching = new Turns({ atOnce: 6, mostWaiting: 100 });
  readonly #searchingEach = new TurnsEach({ atOnce: 2, mostWaiting: 10 });
  /** A file holds no connection, but some pages of rows for as long as its reader takes; nobody waits for that. */
  readonly #exporting = new Turns({ atOnce: 32, mostWaiting: 0 });
  readonly #exportingEach = new TurnsEach({ atOnce: 2, mostWaiting: 0 });

  async inTurn<T>(kind: LimitKind, whose: string, work: () => Promise<T>): Promise<T> {
    if (kind === "redeem") return this.#redeeming.inTurn(work);
    if (kind !== "search" && kind !== "export") return work();
    const [each, all] =
      kind === "search" ? [this.#searchingEach, this.#searching] : [this.#exportingEach, this.#exporting];
    const endOwn = await each.begin(whose);
    const endAll = await all.begin().catch((error) => {
      endOwn();
      throw error;
    });
    return untilSent(work, () => {
      endOwn();
      endAll();
    });
  }
}

/** A stream ends its turn when it is closed: sent, or broken off. */
async function untilSent<T>(work: () => Promise<T>, end: () => void): Promise<T> {
  let isStreamed = false;
  try {
    const result = await work();
    if (result instanceof Readable) {
      isStreamed = true;
      result.once("close", end);
    }
    return result;
  } finally {
    if (!isStreamed) end();
  }
}
