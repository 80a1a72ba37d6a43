import { Refusal, secondMs, sleep } from "@berth/kit";
import type { Driver, Reading, Running } from "@berth/offering";
import { Failures } from "./attempts.ts";
import type { RunName } from "./counters.ts";
import type { DesiredState } from "./desired-state.ts";
import { limitTo, withTimeout } from "./limits.ts";
import type { Log } from "./log.ts";
import { difference } from "./reconcile.ts";
import type { Spool } from "./spool.ts";
import { toWanted, type WantedInstance } from "./wanted.ts";

/** What is reported of an instance. */
export interface InstancePhase {
  readonly instanceId: string;
  readonly generation: bigint;
  readonly phase: "starting" | "running" | "failed" | "stopped";
  readonly reason: string;
}

export interface InstanceStatus {
  /** Absent: it should not run here. */
  readonly wantedGeneration: number | null;
  /** Absent: it does not run. */
  readonly generation: number | null;
  readonly phase: InstancePhase["phase"];
  readonly reason: string;
  /** Something is being done with it. */
  readonly isBusy: boolean;
  /** In the driver's present run. */
  readonly countedBytes: string;
}

export interface ConvergerOptions<Spec> {
  readonly driver: Driver<Spec>;
  readonly desired: () => DesiredState;
  readonly spool: Spool;
  readonly log: Log;
  /** Told after every pass. */
  readonly onPhases: (phases: readonly InstancePhase[]) => void;
}

/** Work on instances at the same time; one that hangs takes one of these places, for `workMs` at most. */
const atOnce = 16;
const workMs = 30 * secondMs;
/** How long applying waits for removals: usually they take milliseconds, and one that hangs must not hold up others. */
const removalsMs = secondMs;
/** How often a restart looks whether other work on its instance has ended. */
const busyMs = 50;

/** Makes what one driver runs into what control wants, one pass at a time. See `loop.ts` for when. */
export class Converger<Spec> {
  readonly #options: ConvergerOptions<Spec>;
  readonly #stopping = new AbortController();
  readonly #busy = new Set<string>();
  readonly #applied = new Map<string, string>();
  readonly #limit = limitTo(atOnce);
  readonly failures = new Failures();
  /** Runs that the driver's process counts in at present; absent until it was asked. */
  #presentRuns: ReadonlyMap<string, string> | undefined;
  /** Asks for another pass soon. */
  onWork: () => void = () => undefined;

  constructor(options: ConvergerOptions<Spec>) {
    this.#options = options;
  }

  async pass(): Promise<void> {
    const { driver, desired, spool } = this.#options;
    const running = await driver.running();
    const readings = await driver.readings();
    spool.record(readings);
    this.#presentRuns = runsOf(readings);
    const state = desired();
    if (state.digest === "") return; // control has not spoken: nothing is known to be wrong
    const wanted = this.#wanted(state);
    this.failures.keepOnly((id) => wanted.has(id) || running.has(id));
    this.#look(wanted, running);
    const { remove, apply } = difference(wanted, running, this.#applied);
    const removals = remove.filter((id) => this.#isFree(id, "")).map((id) => this.#remove(id));
    await Promise.race([Promise.all(removals), delay(removals.length > 0 ? removalsMs : 0)]);
    for (const id of apply) {
      const target = wanted.get(id)!;
      // Not awaited: one that hangs must not hold up the others, nor the next pass.
      if (this.#isFree(id, target.version)) void this.#apply(id, target);
    }
    this.#options.onPhases([...this.#phases(wanted, running), ...this.#stopped(state, running)]);
  }

  /** Compares what the driver took with what runs. An `apply` that returned is not yet an instance that serves. */
  #look(wanted: ReadonlyMap<string, WantedInstance<Spec>>, running: ReadonlyMap<string, Running>): void {
    for (const [id, { generation, version }] of wanted) {
      if (this.#busy.has(id) || this.#applied.get(id) !== version) continue;
      const present = running.get(id);
      if (present?.generation === generation && present.phase !== "failed") this.failures.clear(id);
      else this.failures.lose(id, version);
    }
  }

  #isFree(id: string, version: string): boolean {
    return !this.#busy.has(id) && this.failures.isDue(id, version);
  }

  /** Absent: not known yet. */
  isPresent({ instanceId, generation, run }: RunName): boolean | undefined {
    return this.#presentRuns && this.#presentRuns.get(`${instanceId}\0${generation}`) === run;
  }

  /** Whether this driver should run it, by what control last said. */
  has(instanceId: string): boolean {
    const { driver, desired } = this.#options;
    return desired().instances.get(instanceId)?.offering === driver.offering;
  }

  /** Takes an instance away and applies it again, once. When that breaks off, the next pass applies what is missing. */
  async restart(instanceId: string, stop: AbortSignal): Promise<void> {
    while (this.#busy.has(instanceId)) await sleep(busyMs, stop);
    const { driver, desired } = this.#options;
    const target = this.#wanted(desired()).get(instanceId);
    if (!target?.assignment) throw new Refusal("not_found", "instance.not_here", "it should not run here any more");
    const { assignment, version } = target;
    this.#busy.add(instanceId);
    try {
      await withTimeout(workMs, AbortSignal.any([stop, this.#stopping.signal]), async (signal) => {
        this.#applied.delete(instanceId);
        await driver.remove(instanceId, signal);
        signal.throwIfAborted();
        await driver.apply(assignment, signal);
        this.#applied.set(instanceId, version);
      });
    } finally {
      this.#busy.delete(instanceId);
      this.onWork();
    }
  }

  /** How an instance is now, asked of the driver. */
  async status(instanceId: string): Promise<InstanceStatus> {
    const { driver, desired } = this.#options;
    const [running, readings] = await Promise.all([driver.running(), driver.readings()]);
    const target = this.#wanted(desired()).get(instanceId);
    const present = running.get(instanceId);
    const own = readings.filter((reading) => reading.instanceId === instanceId && reading.meter === "bytes");
    return {
      wantedGeneration: target?.generation ?? null,
      generation: present?.generation ?? null,
      ...(target
        ? phaseOf(target.generation, present, this.failures.reasonOf(instanceId, target.version))
        : { phase: "stopped", reason: "" }),
      isBusy: this.#busy.has(instanceId),
      countedBytes: String(own.reduce((sum, { value }) => sum + value, 0n)),
    };
  }

  stop(): void {
    this.#stopping.abort(new Error("the agent is stopping"));
  }

  #wanted({ instances, offsetMs }: DesiredState): Map<string, WantedInstance<Spec>> {
    const { driver, spool } = this.#options;
    const own = [...instances.values()].filter(({ offering }) => offering === driver.offering);
    return new Map(
      own.map((instance) => {
        const generation = Number(instance.generation);
        const presentRun = this.#presentRuns?.get(`${instance.id}\0${generation}`);
        const earlierBytes = spool.bytesOfOtherRuns(instance.id, generation, presentRun);
        return [instance.id, toWanted(driver, instance, { earlierBytes, offsetMs })];
      }),
    );
  }

  async #apply(id: string, { version, assignment }: WantedInstance<Spec>): Promise<void> {
    const { driver } = this.#options;
    await this.#work(id, version, async (signal) => {
      if (!assignment) throw new Refusal("invalid", "instance.bad_spec", "the spec is not one this agent knows");
      await driver.apply(assignment, signal);
      this.#applied.set(id, version);
    });
  }

  async #remove(id: string): Promise<void> {
    await this.#work(id, "", async (signal) => {
      await this.#options.driver.remove(id, signal);
      this.#applied.delete(id);
    });
  }

  async #work(id: string, version: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#busy.add(id);
    this.failures.start(id);
    try {
      await this.#limit(() => withTimeout(workMs, this.#stopping.signal, work));
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const { reason, attempts } = this.failures.add(id, version, error);
      this.#applied.delete(id);
      this.#options.log.warn(
        { instanceId: id, reason, attempts, error: String(error) },
        "instance could not be changed",
      );
    } finally {
      this.#busy.delete(id);
      this.onWork();
    }
  }

  *#phases(wanted: ReadonlyMap<string, WantedInstance<Spec>>, running: ReadonlyMap<string, Running>) {
    for (const [instanceId, target] of wanted) {
      const present = running.get(instanceId);
      const reason = this.failures.reasonOf(instanceId, target.version);
      yield { instanceId, generation: BigInt(target.generation), ...phaseOf(target.generation, present, reason) };
    }
  }

  /** What has left and is gone. An offering's own driver knows; what nobody runs is not there. */
  *#stopped({ leaving }: DesiredState, running: ReadonlyMap<string, Running>): Generator<InstancePhase> {
    const { driver } = this.#options;
    for (const { id, generation, offering } of leaving) {
      if (offering !== driver.offering || running.has(id) || this.#busy.has(id)) continue;
      yield { instanceId: id, generation: BigInt(generation), phase: "stopped", reason: "" };
    }
  }
}

function phaseOf(generation: number, present: Running | undefined, failure: string | undefined) {
  if (failure !== undefined) return { phase: "failed" as const, reason: failure };
  if (!present || present.generation !== generation) return { phase: "starting" as const, reason: "" };
  return { phase: present.phase, reason: present.reason ?? "" };
}

/** The run of each placement, by instance and generation. */
function runsOf(readings: readonly Reading[]): ReadonlyMap<string, string> {
  return new Map(readings.map(({ instanceId, generation, run }) => [`${instanceId}\0${generation}`, run]));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
