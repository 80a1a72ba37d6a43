/** Heartbeats under way: how long control takes to say that it has one is how far it is. */
export class Beats {
  #sequence = 0n;
  #sentAtMs = 0;
  #roundTripMs: number | undefined;

  /** The number of the next heartbeat, and what was measured by one before it. */
  next(): { sequence: bigint; roundTripMs: number | undefined } {
    this.#sequence++;
    this.#sentAtMs = performance.now();
    return { sequence: this.#sequence, roundTripMs: this.#roundTripMs };
  }

  /** An answer to an older one says nothing. */
  taken(sequence: bigint): void {
    if (sequence === this.#sequence) this.#roundTripMs = performance.now() - this.#sentAtMs;
  }
}
