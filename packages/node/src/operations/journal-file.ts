import { type FileHandle, open } from "node:fs/promises";
import { readIfExists, writeAtomically } from "../atomic-file.ts";

/*
 * The journal on disk, one JSON array per line:
 *
 *   ["b", id, deadlineMs, kind]                                    begun: must never be begun again
 *   ["e", id, deadlineMs, outcome, result, code, detail]           ended, whether or not it was begun
 *   ["a", id]                                                      control has the answer
 */
export interface Answer {
  readonly outcome: "done" | "failed" | "cancelled" | "expired";
  /** JSON; "" unless done. */
  readonly result: string;
  readonly code: string;
  readonly detail: string;
}

export interface Entry {
  /** Of what was begun. */
  readonly kind?: string;
  /** By control's clock: after it, control does not ask again. */
  readonly deadlineMs: number;
  readonly answer?: Answer;
  readonly isAccepted: boolean;
}

export const begun = (id: string, deadlineMs: number, kind: string) => line(["b", id, deadlineMs, kind]);
export const ended = (id: string, deadlineMs: number, { outcome, result, code, detail }: Answer) =>
  line(["e", id, deadlineMs, outcome, result, code, detail]);
export const accepted = (id: string) => line(["a", id]);

/** Everything that has to be known, as a new file. An answer that control has is needed no more, only that it was given. */
export function snapshot(entries: ReadonlyMap<string, Entry>): string {
  let text = "";
  for (const [id, { kind = "", deadlineMs, answer, isAccepted }] of entries) {
    if (!answer) text += begun(id, deadlineMs, kind);
    else text += ended(id, deadlineMs, isAccepted ? { ...answer, result: "" } : answer);
    if (isAccepted) text += accepted(id);
  }
  return text;
}

/** Reads what is whole. A line that a crash tore was not acted upon: it is left out. */
export function readJournal(text: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const row of text.split("\n")) readLine(parseLine(row), entries);
  return entries;
}

function readLine([kind, id, ...rest]: readonly unknown[], entries: Map<string, Entry>): void {
  if (typeof id !== "string") return;
  const before = entries.get(id);
  if (kind === "b") entries.set(id, { kind: String(rest[1] ?? ""), deadlineMs: Number(rest[0]), isAccepted: false });
  if (kind === "a" && before) entries.set(id, { ...before, isAccepted: true });
  if (kind !== "e") return;
  const [deadlineMs, outcome, result, code, detail] = rest as [number, Answer["outcome"], string, string, string];
  entries.set(id, { deadlineMs, answer: { outcome, result, code, detail }, isAccepted: false });
}

function parseLine(row: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(row);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function line(fields: readonly unknown[]): string {
  return `${JSON.stringify(fields)}\n`;
}

/** Where a journal is kept. What either call wrote is on disk when it returns. */
export interface JournalFile {
  read(): Promise<string>;
  append(text: string): Promise<void>;
  /** Takes the place of everything. */
  rewrite(text: string): Promise<void>;
  close(): Promise<void>;
}

/** A file that only its owner reads. */
export function journalFile(path: string): JournalFile {
  let file: FileHandle | undefined;
  const release = async () => {
    const before = file;
    file = undefined;
    await before?.close();
  };
  return {
    read: async () => (await readIfExists(path)) ?? "",
    async append(text) {
      file ??= await open(path, "a", 0o600);
      await file.writeFile(text);
      await file.datasync();
    },
    async rewrite(text) {
      await release(); // it is another file afterwards
      await writeAtomically(path, text);
    },
    close: release,
  };
}
