import { newId } from "@berth/kit";
import type { Counter } from "./counter.ts";
import { Meter } from "./meter.ts";
import type { CounterEntry } from "./room.ts";

/**
 * Every counter of this process's life. Nothing is ever taken out: whoever bills may ask late, and their number is bounded by
 * the devices that were ever admitted.
 */
export class Counters {
  /** Names this life: a new process starts at zero under another name. */
  readonly run: string = newId("run");
  readonly #counters = new Map<string, Counter>();
  readonly #meters = new Map<string, Meter>();
  #grown: Counter[] = [];
  readonly #onGrowth: () => void;

  /** `onGrowth` is called for the first growth after each `takeGrown`. */
  constructor(onGrowth: () => void) {
    this.#onGrowth = onGrowth;
  }

  get(instanceId: string, generation: number, deviceId: string): Counter {
    const name = JSON.stringify([instanceId, generation, deviceId]);
    const found = this.#counters.get(name);
    if (found) return found;
    const made = { instanceId, generation, deviceId, bytes: 0, hasGrown: false };
    this.#counters.set(name, made);
    return made;
  }

  /** An instance's sum and ceiling at one generation; outlives the room, as the counters do. */
  meter(instanceId: string, generation: number): Meter {
    const name = JSON.stringify([instanceId, generation]);
    let meter = this.#meters.get(name);
    if (!meter) {
      meter = new Meter((counter) => this.#noteGrowth(counter));
      this.#meters.set(name, meter);
    }
    return meter;
  }

  all(): CounterEntry[] {
    return [...this.#counters.values()].filter(({ bytes }) => bytes > 0).map(toEntry);
  }

  /** Those that grew since the last call. */
  takeGrown(): CounterEntry[] {
    const grown = this.#grown;
    this.#grown = [];
    for (const counter of grown) counter.hasGrown = false;
    return grown.map(toEntry);
  }

  #noteGrowth(counter: Counter): void {
    counter.hasGrown = true;
    this.#grown.push(counter);
    if (this.#grown.length === 1) this.#onGrowth();
  }
}

function toEntry({ instanceId, generation, deviceId, bytes }: Counter): CounterEntry {
  return { instanceId, generation, deviceId, bytes: BigInt(bytes) };
}
