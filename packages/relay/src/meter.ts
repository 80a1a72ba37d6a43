import type { Counter } from "./counter.ts";
import type { Allowance } from "./room.ts";

/** What an instance counted at one generation in this run, against its allowance. */
export class Meter {
  readonly #onGrowth: (counter: Counter) => void;
  #sum = 0;
  #ceiling = Number.POSITIVE_INFINITY;
  #until = Number.POSITIVE_INFINITY;

  constructor(onGrowth: (counter: Counter) => void) {
    this.#onGrowth = onGrowth;
  }

  /** Repeating the same allowance changes nothing. */
  allow({ ceilingBytes, until }: Allowance): void {
    this.#ceiling = ceilingBytes === undefined ? Number.POSITIVE_INFINITY : toNumber(ceilingBytes);
    this.#until = until?.getTime() ?? Number.POSITIVE_INFINITY;
  }

  isSpent(nowMs: number): boolean {
    return this.#sum >= this.#ceiling || nowMs >= this.#until;
  }

  /**
   * Counts the bytes of a packet; none of them, and false, at the ceiling. The packet that reaches the ceiling is the last one
   * and may go over it: were it refused, a quota could be neared but never be used up.
   */
  take(counter: Counter, bytes: number): boolean {
    if (this.#sum >= this.#ceiling) return false;
    this.#sum += bytes;
    counter.bytes += bytes;
    if (!counter.hasGrown && bytes > 0) this.#onGrowth(counter);
    return true;
  }
}

/** Rounded down where numbers are not exact, at nine petabytes: a ceiling is never raised by that. */
function toNumber(ceiling: bigint): number {
  return ceiling > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(ceiling);
}
