const slotCount = 128;

/**
 * Timers of whole ticks, at most 127, for things that every connection has: one interval serves them all, and starting or
 * stopping one is a matter of a set. The owner calls `tick`.
 */
export class TimerWheel {
  readonly #slots = Array.from({ length: slotCount }, () => new Set<() => void>());
  #at = 0;

  /** Calls `fire` once after that many ticks, unless what it returns is called before. */
  start(ticks: number, fire: () => void): () => void {
    const slot = this.#slots[(this.#at + Math.min(Math.max(1, ticks), slotCount - 1)) % slotCount] as Set<() => void>;
    const timer = () => fire(); // an entry of its own, should the same function be started twice
    slot.add(timer);
    return () => slot.delete(timer);
  }

  tick(): void {
    this.#at = (this.#at + 1) % slotCount;
    const slot = this.#slots[this.#at] as Set<() => void>;
    for (const timer of slot) {
      slot.delete(timer);
      timer();
    }
  }
}
