import { secondMs, sleep } from "@berth/kit";

/** How old what a replica knows may be, where no notice told it sooner. */
const freshMs = secondMs;

/** A reading that takes longer is waited for no more: what was known before has to do. */
const mostWaitMs = 2 * secondMs;

/** Reads something anew when it is too old; of many that ask at once one does. */
export class Fresh {
  readonly #read: () => Promise<void>;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: { readonly done: Promise<void>; readonly begunAt: number } | undefined;
  #isKnown = false;

  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Something changed: whoever asks next looks. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Returns when it is fresh, or when that takes too long: a database that hangs holds up nobody who needs none. */
  async look(): Promise<void> {
    while (this.#reading || performance.now() - this.#readAt >= freshMs) {
      this.#reading ??= this.#begin();
      if (!this.#isKnown) await this.#reading.done;
      else if (await this.#isLate(this.#reading)) return;
    }
  }

  #begin() {
    // From the beginning: what changes while it reads makes it read again.
    const begunAt = performance.now();
    this.#readAt = begunAt;
    const done = this.#read().finally(() => {
      this.#isKnown = true;
      this.#reading = undefined;
    });
    return { done, begunAt };
  }

  async #isLate({ done, begunAt }: { done: Promise<void>; begunAt: number }): Promise<boolean> {
    const over = new AbortController();
    const leftMs = Math.max(0, begunAt + mostWaitMs - performance.now());
    const late = sleep(leftMs, over.signal).then(
      () => true,
      () => false,
    );
    return Promise.race([done.then(() => false), late]).finally(() => over.abort());
  }
}
