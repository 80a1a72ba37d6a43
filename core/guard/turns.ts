import { Refusal } from "@berth/kit";

export interface TurnsOptions {
  readonly atOnce: number;
  readonly mostWaiting: number;
  /** Of one account: then it is for that to end something first. */
  readonly isOwn?: true;
}

/**
 * Lets so many work at once, and so many wait; more are turned away. For work that waits for locks with a connection in its
 * hands: without this, a burst of it would hold all connections, and everything else would wait as well.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #working = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Nobody works and nobody waits. */
  get isIdle(): boolean {
    return this.#working === 0;
  }

  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.begin();
    return work().finally(end);
  }

  /** Returns when it is this one's turn, with how to end it, once. */
  async begin(): Promise<() => void> {
    await this.#wait();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#working--;
    };
  }

  async #wait(): Promise<void> {
    if (this.#working < this.#options.atOnce) {
      this.#working++;
      return;
    }
    if (this.#waiting.length >= this.#options.mostWaiting) {
      throw this.#options.isOwn ? tooManyOfYours() : busy();
    }
    // Whoever ends hands the turn on, so nobody who comes later goes first.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

function busy(): Refusal {
  const message = "too many are at this at the moment; try again soon";
  return new Refusal("unavailable", "guard.busy", message, { retryAfterSeconds: 2 });
}

function tooManyOfYours(): Refusal {
  const message = "too many of these are under way for you already; try again when one has ended";
  return new Refusal("exhausted", "guard.too_many_at_once", message, { retryAfterSeconds: 2 });
}

/** The same for each of many: nobody's work holds up another's. */
export class TurnsEach {
  readonly #options: TurnsOptions;
  readonly #turns = new Map<string, Turns>();

  constructor(options: Omit<TurnsOptions, "isOwn">) {
    this.#options = { ...options, isOwn: true };
  }

  async begin(whose: string): Promise<() => void> {
    const turns = this.#turns.get(whose) ?? new Turns(this.#options);
    this.#turns.set(whose, turns);
    const end = await turns.begin();
    return () => {
      end();
      if (turns.isIdle) this.#turns.delete(whose);
    };
  }
}
