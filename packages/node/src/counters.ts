import type { Reading } from "@berth/offering";

/** One counter at its greatest value, and how much of it control has. */
export interface Counter {
  readonly instanceId: string;
  readonly generation: number;
  readonly run: string;
  readonly subject: string;
  readonly meter: Reading["meter"];
  value: bigint;
  accepted: bigint;
}

interface Run {
  readonly counters: Map<string, Counter>;
  /** Bytes of counters that were forgotten because the run ended and control has them all. */
  settledBytes: bigint;
}

/** What was counted for one instance at one generation. */
interface Placement {
  readonly instanceId: string;
  readonly generation: number;
  readonly runs: Map<string, Run>;
  /** Bytes of runs that were themselves forgotten. */
  settledBytes: bigint;
}

export interface Settled {
  readonly instanceId: string;
  readonly generation: number;
  readonly run: string;
  readonly bytes: bigint;
}

/** More than any node has; a bound for memory when control is away and processes restart again and again. */
const countersMost = 200_000;
/** Of runs that ended, per placement, whose bytes are kept apart in case such a run shows up again after all. */
const settledRunsMost = 16;

/** Every counter of this node in memory. Values only grow; whatever is told twice or late changes nothing. */
export class Counters {
  readonly #placements = new Map<string, Placement>();
  #size = 0;
  #grownBytes = 0n;

  /** By how much all counters of bytes grew since the process began, also those that were forgotten. */
  get grownBytes(): bigint {
    return this.#grownBytes;
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<Counter> {
    for (const { runs } of this.#placements.values())
      for (const { counters } of runs.values()) yield* counters.values();
  }

  /** The counter if it grew. Absent too when there is no room for another one. */
  record(reading: Reading): Counter | undefined {
    if (reading.value <= 0n) return undefined;
    const run = this.#run(reading);
    const key = counterKey(reading);
    const counter = run.counters.get(key);
    if (counter) {
      if (reading.value <= counter.value) return undefined;
      if (reading.meter === "bytes") this.#grownBytes += reading.value - counter.value;
      counter.value = reading.value;
      return counter;
    }
    if (this.#size >= countersMost) return undefined;
    this.#size++;
    const { instanceId, generation, subject, meter, value } = reading;
    if (meter === "bytes") this.#grownBytes += value;
    const added = { instanceId, generation, run: reading.run, subject, meter, value, accepted: 0n };
    run.counters.set(key, added);
    return added;
  }

  /** Control has this much of a counter. */
  accept(reading: Reading): void {
    const counter = this.#run(reading).counters.get(counterKey(reading));
    if (counter && reading.value > counter.accepted) counter.accepted = reading.value;
  }

  /** The bytes of a placement in all its runs but the present one. */
  bytesOfOtherRuns(instanceId: string, generation: number, presentRun: string | undefined): bigint {
    const placement = this.#placements.get(`${instanceId}\0${generation}`);
    if (!placement) return 0n;
    let bytes = placement.settledBytes;
    for (const [name, run] of placement.runs) if (name !== presentRun) bytes += bytesOf(run);
    return bytes;
  }

  /** Keeps of the runs that ended, and that control has all of, only their bytes; and those only while they matter. */
  settle(isPresent: (placement: RunName) => boolean, isDesired: (placement: PlacementName) => boolean): void {
    for (const [key, placement] of this.#placements) {
      const { instanceId, generation, runs } = placement;
      for (const [name, run] of runs) {
        const isOver = !isPresent({ instanceId, generation, run: name });
        if (isOver && [...run.counters.values()].every(({ value, accepted }) => accepted >= value)) this.#forget(run);
      }
      const isOver = [...runs].every(([run, { counters }]) => {
        return counters.size === 0 && !isPresent({ instanceId, generation, run });
      });
      if (isOver && !isDesired(placement)) this.#placements.delete(key);
      else mergeSettled(placement);
    }
  }

  /** What `settle` kept, to be written down. */
  *settled(): Generator<Settled> {
    for (const { instanceId, generation, runs, settledBytes } of this.#placements.values()) {
      if (settledBytes > 0n) yield { instanceId, generation, run: "", bytes: settledBytes };
      for (const [run, { settledBytes: bytes }] of runs) if (bytes > 0n) yield { instanceId, generation, run, bytes };
    }
  }

  /** Takes back what `settled` gave. */
  restore({ instanceId, generation, run, bytes }: Settled): void {
    if (run === "") this.#placement({ instanceId, generation }).settledBytes = bytes;
    else this.#run({ instanceId, generation, run }).settledBytes = bytes;
  }

  #forget(run: Run): void {
    run.settledBytes = bytesOf(run);
    this.#size -= run.counters.size;
    run.counters.clear();
  }

  #placement({ instanceId, generation }: PlacementName): Placement {
    const key = `${instanceId}\0${generation}`;
    const placement = this.#placements.get(key) ?? { instanceId, generation, runs: new Map(), settledBytes: 0n };
    this.#placements.set(key, placement);
    return placement;
  }

  #run(name: RunName): Run {
    const { runs } = this.#placement(name);
    const run = runs.get(name.run) ?? { counters: new Map(), settledBytes: 0n };
    runs.set(name.run, run);
    return run;
  }
}

function counterKey({ subject, meter }: Reading): string {
  return `${subject}\0${meter}`;
}

export interface PlacementName {
  readonly instanceId: string;
  readonly generation: number;
}

export interface RunName extends PlacementName {
  readonly run: string;
}

/** A run that was settled and came back counts once: its counters hold everything again as soon as they are all told. */
function bytesOf({ counters, settledBytes }: Run): bigint {
  let bytes = 0n;
  for (const { meter, value } of counters.values()) if (meter === "bytes") bytes += value;
  return bytes > settledBytes ? bytes : settledBytes;
}

function mergeSettled(placement: Placement): void {
  const settled = [...placement.runs].filter(([, run]) => run.counters.size === 0);
  for (const [name, run] of settled.slice(0, Math.max(0, settled.length - settledRunsMost))) {
    placement.settledBytes += run.settledBytes;
    placement.runs.delete(name);
  }
}
