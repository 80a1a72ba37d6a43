import type { z } from "zod";

/** What an instance should be on this node: control's word, at a generation. */
export interface Assignment<Spec> {
  readonly instanceId: string;
  readonly generation: number;
  readonly spec: Spec;
  /** How far it may go while control is away. */
  readonly allowance: Allowance;
  /** How far control's clock is ahead of this node's: times in a spec are control's. Absent: not at all. */
  readonly offsetMs?: number;
}

/** A ceiling for what the present run may count, and the time at which the instance stops serving by itself. */
export interface Allowance {
  /**
   * For the sum of the instance's bytes at this generation in the present run, over all its subjects; absent: no ceiling. What
   * reaches it is the last to be let through, and may go over it by one packet.
   */
  readonly ceilingBytes?: bigint;
  readonly until?: Date;
}

/** A counter as the process that counts knows it. It only grows within one run; a new run starts at zero. */
export interface Reading {
  readonly instanceId: string;
  readonly generation: number;
  /** Names one life of the counter. */
  readonly run: string;
  /** Who caused it: a device's id, or "" where the kind does not tell. */
  readonly subject: string;
  readonly meter: "bytes" | "seconds";
  readonly value: bigint;
}

/** A key that asked for an instance and is not registered there. */
export interface Knock {
  readonly instanceId: string;
  readonly key: string;
  readonly address: string;
  readonly at: Date;
}

export type Phase = "starting" | "running" | "failed";

export interface Running {
  readonly generation: number;
  readonly phase: Phase;
  /** A closed list of short reasons (`port_in_use`, `bad_spec`, `driver_failed`), absent when running. */
  readonly reason?: string;
}

/**
 * How an agent runs instances of one offering. Every call is safe to repeat. `apply` on a running instance changes it in
 * place, without disturbing anyone who keeps their right. A driver that loses its process reports `running()` truthfully;
 * the agent then applies again.
 */
export interface Driver<Spec> {
  readonly offering: string;
  /** Parses what control sent. Unknown fields are ignored: control may be newer. */
  readonly spec: z.ZodType<Spec>;
  readonly specVersions: readonly number[];
  running(): Promise<ReadonlyMap<string, Running>>;
  /** Throws a `Refusal` whose code ends in one of the reasons of `Running`. */
  apply(assignment: Assignment<Spec>, signal: AbortSignal): Promise<void>;
  remove(instanceId: string, signal: AbortSignal): Promise<void>;
  /** Every counter of the present run, whole; also of instances that were removed, until the run ends. */
  readings(): Promise<readonly Reading[]>;
  /** Calls back soon after counters grew, a key knocked, or the set of running instances changed by itself. */
  watch(listener: DriverListener): () => void;
  close(): Promise<void>;
}

export interface DriverListener {
  readings(readings: readonly Reading[]): void;
  knocks(knocks: readonly Knock[]): void;
  /** What runs may have changed (a process came back): converge again. */
  changed(): void;
}
