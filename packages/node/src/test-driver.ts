import { Refusal } from "@berth/kit";
import type { Assignment, Driver, DriverListener, Reading, Running } from "@berth/offering";
import { z } from "zod";

const spec = z.object({ port: z.number(), fails: z.boolean().optional(), hangs: z.boolean().optional() });
type Spec = z.infer<typeof spec>;

interface Room extends Assignment<Spec> {
  bytes: bigint;
}

/** What a driver of a test steers: rooms that count, in a process that outlives agents and can itself be restarted. */
export class CountingProcess {
  #run = 1;
  readonly rooms = new Map<string, Room>();
  readonly counters = new Map<string, Reading>();
  readonly listeners = new Set<DriverListener>();
  /** Calls of `apply`, by instance. */
  readonly applied: string[] = [];

  get run(): string {
    return `run_${this.#run}`;
  }

  /** Counts as much as the allowance lets it, and tells how much that was. */
  count(instanceId: string, subject: string, wanted: bigint): bigint {
    const room = this.rooms.get(instanceId);
    if (!room) return 0n;
    const ceiling = room.allowance.ceilingBytes ?? 2n ** 62n;
    const bytes = wanted < ceiling - room.bytes ? wanted : ceiling - room.bytes;
    if (bytes <= 0n) return 0n;
    room.bytes += bytes;
    const { generation } = room;
    const key = `${instanceId} ${generation} ${subject}`;
    const value = (this.counters.get(key)?.value ?? 0n) + bytes;
    const reading: Reading = { instanceId, generation, run: this.run, subject, meter: "bytes", value };
    this.counters.set(key, reading);
    for (const listener of this.listeners) listener.readings([reading]);
    return bytes;
  }

  knock(instanceId: string, key: string): void {
    for (const listener of this.listeners)
      listener.knocks([{ instanceId, key, address: "192.0.2.1", at: new Date(5) }]);
  }

  /** Killed, and started again: empty, in a new run. */
  restart(): void {
    this.#run++;
    this.rooms.clear();
    this.counters.clear();
    for (const listener of this.listeners) listener.changed();
  }
}

export class CountingDriver implements Driver<Spec> {
  readonly offering = "counting";
  readonly spec = spec;
  readonly specVersions = [1];
  readonly #process: CountingProcess;
  #unwatch: () => void = () => undefined;

  constructor(process: CountingProcess) {
    this.#process = process;
  }

  async running(): Promise<ReadonlyMap<string, Running>> {
    const { rooms } = this.#process;
    return new Map([...rooms].map(([id, { generation }]) => [id, { generation, phase: "running" }]));
  }

  async apply(assignment: Assignment<Spec>): Promise<void> {
    const { instanceId, spec, generation } = assignment;
    const { rooms, applied } = this.#process;
    applied.push(instanceId);
    if (spec.hangs) await new Promise(() => undefined);
    if (spec.fails) throw new Error("no");
    const isTaken = [...rooms.values()].some((room) => room.spec.port === spec.port && room.instanceId !== instanceId);
    if (isTaken) throw new Refusal("conflict", "counting.port_in_use", "the port is taken");
    const before = rooms.get(instanceId);
    rooms.set(instanceId, { ...assignment, bytes: before?.generation === generation ? before.bytes : 0n });
  }

  async remove(instanceId: string): Promise<void> {
    this.#process.rooms.delete(instanceId);
  }

  async readings(): Promise<readonly Reading[]> {
    return [...this.#process.counters.values()];
  }

  watch(listener: DriverListener): () => void {
    this.#process.listeners.add(listener);
    this.#unwatch = () => void this.#process.listeners.delete(listener);
    return this.#unwatch;
  }

  async close(): Promise<void> {
    this.#unwatch();
  }
}
