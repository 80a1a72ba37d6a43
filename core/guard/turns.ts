import { Refusal } from "@berth/kit";

/**
 * Lets so many work at once, and so many wait; more are turned away. For work that waits for locks with a connection in its
 * hands: without this, a burst of it would hold all connections, and everything else would wait as well.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #working = 0;

  constructor({ atOnce, mostWaiting }: { readonly atOnce: number; readonly mostWaiting: number }) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    await this.#wait();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#working--;
    }
  }

  async #wait(): Promise<void> {
    if (this.#working < this.#atOnce) {
      this.#working++;
      return;
    }
    if (this.#waiting.length >= this.#mostWaiting) {
      const message = "too many are at this at the moment; try again soon";
      throw new Refusal("unavailable", "guard.busy", message, { retryAfterSeconds: 2 });
    }
    // Whoever ends hands the turn on, so nobody who comes later goes first.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
