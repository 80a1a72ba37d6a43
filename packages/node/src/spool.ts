import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { secondMs } from "@berth/kit";
import type { Reading } from "@berth/offering";
import { readIfExists, writeAtomically } from "./atomic-file.ts";
import type { Counter, Counters, PlacementName, RunName } from "./counters.ts";
import type { Log } from "./log.ts";
import { Report } from "./report.ts";
import { readSpool, snapshot, type Writer } from "./spool-file.ts";

/** Counters that outlive the agent: what was counted is on disk half a second later, and stays until control has it. */
export interface Spool {
  record(readings: readonly Reading[]): void;
  bytesOfOtherRuns(instanceId: string, generation: number, presentRun: string | undefined): bigint;
  /** See `Counters.grownBytes`. */
  readonly grownBytes: bigint;
  /** See `Counters.settle`. */
  settle(isPresent: (run: RunName) => boolean, isDesired: (placement: PlacementName) => boolean): void;
  /** What a new stream has to tell; growth from now on goes there, until the next one. */
  report(onGrowth: () => void): Report;
  /** The stream is over: growth waits for the next one. */
  unreport(): void;
  /** Takes note of what control has of the report. */
  accept(report: Report, sequence: bigint): void;
  /** Everything recorded so far is on disk when this returns. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const flushMs = 500;
const retryMs = 5 * secondMs;
/** Lines beyond which a file is written anew, if it is mostly history. */
const linesMost = 20_000;

export async function openSpool(folder: string, log: Log): Promise<Spool> {
  const path = join(folder, "spool");
  const counters = readSpool((await readIfExists(path)) ?? "");
  const file = new SpoolFile(path, counters);
  await file.rewrite();
  let listener: { report: Report; onGrowth: () => void } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      file.flush().catch((error) => {
        log.error({ error: String(error) }, "counters could not be written to disk");
        schedule(retryMs);
      });
    }, delayMs);
  }

  return {
    bytesOfOtherRuns: (instanceId, generation, run) => counters.bytesOfOtherRuns(instanceId, generation, run),
    get grownBytes() {
      return counters.grownBytes;
    },
    settle: (isPresent, isDesired) => counters.settle(isPresent, isDesired),
    record(readings) {
      const grown = readings.map((reading) => counters.record(reading)).filter((counter) => counter !== undefined);
      if (grown.length === 0) return;
      for (const counter of grown) {
        file.grew(counter);
        listener?.report.grew(counter);
      }
      schedule(flushMs);
      listener?.onGrowth();
    },
    report(onGrowth) {
      const report = new Report(counters);
      listener = { report, onGrowth };
      return report;
    },
    unreport() {
      listener = undefined;
    },
    accept(report, sequence) {
      for (const counter of report.accept(sequence)) file.accepted(counter);
    },
    flush: () => file.flush(),
    async close() {
      clearTimeout(timer);
      await file.close();
    },
  };
}

/** The file behind the spool. Appends are synced; one happens at a time. */
class SpoolFile {
  readonly #path: string;
  readonly #counters: Counters;
  #handle: FileHandle | undefined;
  #writer: Writer | undefined;
  #lines = 0;
  #grown = new Set<Counter>();
  #accepted = new Set<Counter>();
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, counters: Counters) {
    this.#path = path;
    this.#counters = counters;
  }

  grew(counter: Counter): void {
    this.#grown.add(counter);
  }

  /** Written with the next growth: a restart that does not know of it only tells control what it has. */
  accepted(counter: Counter): void {
    this.#accepted.add(counter);
  }

  flush(): Promise<void> {
    const flushed = this.#last.then(() => this.#write());
    this.#last = flushed.catch(() => undefined);
    return flushed;
  }

  /** Leaves a file without history behind. */
  async close(): Promise<void> {
    await this.#last;
    await this.rewrite();
    await this.#handle?.close();
  }

  /** Starts the file anew with what still matters. */
  async rewrite(): Promise<void> {
    this.#writer = undefined;
    const { text, writer } = snapshot(this.#counters);
    this.#grown.clear();
    this.#accepted.clear();
    await writeAtomically(this.#path, text);
    await this.#handle?.close();
    this.#handle = await open(this.#path, "a", 0o600);
    this.#writer = writer;
    this.#lines = 0;
  }

  async #write(): Promise<void> {
    // No writer: an earlier write failed half way, and only a whole file is known to be right.
    if (!this.#writer || !this.#handle || this.#lines > linesMost + 4 * this.#counters.size) return this.rewrite();
    const lines: string[] = [];
    for (const counter of this.#grown) lines.push(this.#writer.grown(counter));
    for (const counter of this.#accepted) lines.push(this.#writer.accepted(counter));
    if (lines.length === 0) return;
    this.#grown.clear();
    this.#accepted.clear();
    this.#lines += lines.length;
    const writer = this.#writer;
    this.#writer = undefined;
    await this.#handle.appendFile(lines.join(""));
    await this.#handle.datasync();
    this.#writer = writer;
  }
}
