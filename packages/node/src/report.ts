import type { AgentMessageInit } from "@berth/link";
import type { Counter } from "./counters.ts";

/** Per message; what the link's size limit is made for. */
const readingsMost = 1_000;
/** Messages under way at once: a slow control is not buried, what grows meanwhile is told once, at its latest value. */
const underWayMost = 8;

type Told = readonly (readonly [counter: Counter, value: bigint])[];

/** What one stream has told control, and what is left to tell. Each stream begins with all that was not acknowledged. */
export class Report {
  readonly #grown: Set<Counter>;
  readonly #underWay: { readonly sequence: bigint; readonly told: Told }[] = [];
  #sequence = 0n;

  constructor(counters: Iterable<Counter>) {
    this.#grown = new Set();
    for (const counter of counters) if (counter.value > counter.accepted) this.#grown.add(counter);
  }

  grew(counter: Counter): void {
    this.#grown.add(counter);
  }

  /** Everything was told and acknowledged. */
  get isDone(): boolean {
    return this.#grown.size === 0 && this.#underWay.length === 0;
  }

  /** The next message, if there is anything to tell and room for it. */
  next(): AgentMessageInit | undefined {
    if (this.#grown.size === 0 || this.#underWay.length >= underWayMost) return undefined;
    const told: [Counter, bigint][] = [];
    for (const counter of this.#grown) {
      if (told.length === readingsMost) break;
      told.push([counter, counter.value]);
      this.#grown.delete(counter);
    }
    const sequence = ++this.#sequence;
    this.#underWay.push({ sequence, told });
    const readings = told.map(([{ instanceId, generation, run, subject, meter }, value]) => {
      return { instanceId, generation: BigInt(generation), run, subject, meter, value };
    });
    return { message: { case: "readings", value: { sequence, readings } } };
  }

  /** Control has everything up to this message. What grew since stays to be told. Gives the counters this was news of. */
  accept(sequence: bigint): Counter[] {
    const accepted: Counter[] = [];
    while (this.#underWay[0] && this.#underWay[0].sequence <= sequence) {
      for (const [counter, value] of this.#underWay.shift()!.told) {
        if (value <= counter.accepted) continue;
        counter.accepted = value;
        accepted.push(counter);
      }
    }
    return accepted;
  }
}
