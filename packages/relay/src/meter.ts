import type { Counter } from "./counter.ts";
import type { Allowance } from "./room.ts";

/** An instance's sum in this run against its allowance. */
export class Meter {
  readonly #onGrowth: (counter: Counter) => void;
  #sum = 0;
  #ceiling = Number.POSITIVE_INFINITY;
  #until = Number.POSITIVE_INFINITY;
  /** A packet was refused: smaller ones that would still fit are refused too, until the ceiling is raised. */
  #wasCrossed = false;

  constructor(onGrowth: (counter: Counter) => void) {
    this.#onGrowth = onGrowth;
  }

  /** Repeating the same allowance changes nothing. */
  allow({ ceilingBytes, until }: Allowance): void {
    const ceiling = ceilingBytes === undefined ? Number.POSITIVE_INFINITY : toNumber(ceilingBytes);
    if (ceiling > this.#ceiling) this.#wasCrossed = false;
    this.#ceiling = ceiling;
    this.#until = until?.getTime() ?? Number.POSITIVE_INFINITY;
  }

  isSpent(nowMs: number): boolean {
    return this.#wasCrossed || this.#sum >= this.#ceiling || nowMs >= this.#until;
  }

  /** Counts the bytes, or none of them and says false when they would cross the ceiling. */
  take(counter: Counter, bytes: number): boolean {
    const sum = this.#sum + bytes;
    if (sum > this.#ceiling || this.#wasCrossed) {
      this.#wasCrossed = true;
      return false;
    }
    this.#sum = sum;
    counter.bytes += bytes;
    if (!counter.hasGrown && bytes > 0) this.#onGrowth(counter);
    return true;
  }
}

/** Rounded down where numbers are not exact, at nine petabytes: a ceiling is never raised by that. */
function toNumber(ceiling: bigint): number {
  return ceiling > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(ceiling);
}
