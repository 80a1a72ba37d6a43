import { dayMs, hourMs } from "@berth/kit";
import type { Log } from "../log.ts";
import {
  type Answer,
  accepted,
  begun,
  type Entry,
  ended,
  type JournalFile,
  readJournal,
  snapshot,
} from "./journal-file.ts";

export interface JournalOptions {
  readonly file: JournalFile;
  /** By control's clock, as deadlines are. */
  readonly nowMs: () => number;
  /** What came of something of this kind that the end of the agent cut off, if that tells; else its outcome is unknown. */
  readonly cutOff?: (kind: string) => Answer | undefined;
  readonly log: Log;
}

/** Lines and bytes after which the file is written anew, with only what has to be known. */
const linesMost = 1_000;
const bytesMost = 8 * 1024 * 1024;
const entriesMost = 4_096;
/** What control has an answer to is remembered past its deadline by more than any clock is wrong. */
const acceptedMs = hourMs;
/** What it never took an answer to is given up: it has long counted it as expired. */
const unansweredMs = 7 * dayMs;

const unknown: Answer = {
  outcome: "failed",
  result: "",
  code: "operations.unknown_outcome",
  detail: "the agent ended between doing this and answering; it is not done again",
};

/**
 * What this node was asked to do once. An operation is on disk before it is begun, so that none is begun twice, whenever the
 * agent dies; what was begun and has no end when the journal is opened never gets another answer than that.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #entries: Map<string, Entry>;
  #lines = 0;
  #bytes = 0;
  /** A write failed: nobody knows how much of it is there. */
  #isTorn = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: JournalOptions, entries: Map<string, Entry>) {
    this.#options = options;
    this.#entries = entries;
  }

  static async open(options: JournalOptions): Promise<Journal> {
    const entries = readJournal(await options.file.read());
    for (const [id, entry] of entries) {
      if (entry.answer) continue;
      const answer = options.cutOff?.(entry.kind ?? "");
      if (!answer) options.log.warn({ operationId: id }, "operation was cut off, its outcome is unknown");
      entries.set(id, { ...entry, answer: answer ?? unknown });
    }
    const journal = new Journal(options, entries);
    await journal.#compact();
    return journal;
  }

  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Every answer that control does not have yet. */
  *unaccepted(): Generator<[id: string, answer: Answer]> {
    for (const [id, { answer, isAccepted }] of this.#entries) if (answer && !isAccepted) yield [id, answer];
  }

  /** On disk when this returns. Throws, and nothing is begun, when it can't be written or was begun before. */
  async begin(id: string, deadlineMs: number, kind: string): Promise<void> {
    await this.#exclusively(async () => {
      if (this.#entries.has(id)) throw new Error(`${id} was begun before`);
      await this.#write(begun(id, deadlineMs, kind));
      this.#entries.set(id, { kind, deadlineMs, isAccepted: false });
    });
  }

  /** The first end is the end. Kept in memory also when the disk is full: then it is lost with this process. */
  async end(id: string, deadlineMs: number, answer: Answer): Promise<void> {
    await this.#exclusively(async () => {
      if (this.#entries.get(id)?.answer) return;
      this.#entries.set(id, { deadlineMs, answer, isAccepted: false });
      await this.#write(ended(id, deadlineMs, answer));
    });
  }

  async accept(id: string): Promise<void> {
    await this.#exclusively(async () => {
      const entry = this.#entries.get(id);
      if (!entry?.answer || entry.isAccepted) return;
      this.#entries.set(id, { ...entry, answer: { ...entry.answer, result: "" }, isAccepted: true });
      await this.#write(accepted(id));
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#options.file.close();
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #write(text: string): Promise<void> {
    // After a torn line nothing may be appended: it would become a part of it.
    if (this.#isTorn || this.#lines >= linesMost || this.#bytes >= bytesMost) await this.#compact();
    try {
      await this.#options.file.append(text);
    } catch (error) {
      this.#isTorn = true;
      throw error;
    }
    this.#lines++;
    this.#bytes += text.length;
  }

  async #compact(): Promise<void> {
    this.#forget();
    await this.#options.file.rewrite(snapshot(this.#entries));
    this.#isTorn = false;
    this.#lines = 0;
    this.#bytes = 0;
  }

  #forget(): void {
    const nowMs = this.#options.nowMs();
    for (const [id, { deadlineMs, answer, isAccepted }] of this.#entries) {
      if (answer && nowMs > deadlineMs + (isAccepted ? acceptedMs : unansweredMs)) this.#entries.delete(id);
    }
    for (const [id, { isAccepted }] of this.#entries) {
      if (this.#entries.size <= entriesMost) return;
      if (isAccepted) this.#entries.delete(id); // the oldest first: control has its answer and does not ask again
    }
  }
}
