import { type Counter, Counters } from "./counters.ts";

/*
 * The spool on disk, one JSON array per line:
 *
 *   ["c", n, instance, generation, run, subject, meter]   from here on, n means this counter
 *   ["v", n, value]                                       its value
 *   ["a", n, value]                                       what control has of it
 *   ["s", instance, generation, run, bytes]               a run of which only the bytes are kept; run "": several
 */
const kinds = ["c", "v", "a", "s"];

/** Numbers the counters of one file. */
export class Writer {
  readonly #numbers = new Map<Counter, number>();

  grown(counter: Counter): string {
    const number = this.#numbers.get(counter);
    if (number !== undefined) return line(["v", number, `${counter.value}`]);
    const next = this.#numbers.size;
    this.#numbers.set(counter, next);
    const { instanceId, generation, run, subject, meter } = counter;
    return line(["c", next, instanceId, generation, run, subject, meter]) + line(["v", next, `${counter.value}`]);
  }

  accepted(counter: Counter): string {
    const number = this.#numbers.get(counter);
    // A counter that this file does not know is about to be written, or was settled.
    return number === undefined ? "" : line(["a", number, `${counter.accepted}`]);
  }
}

/** All that has to be known, as the beginning of a new file, and who may write on in it. */
export function snapshot(counters: Counters): { text: string; writer: Writer } {
  const writer = new Writer();
  const lines: string[] = [];
  for (const { instanceId, generation, run, bytes } of counters.settled()) {
    lines.push(line(["s", instanceId, generation, run, `${bytes}`]));
  }
  for (const counter of counters) {
    lines.push(writer.grown(counter));
    if (counter.accepted > 0n) lines.push(writer.accepted(counter));
  }
  return { text: lines.join(""), writer };
}

/** Reads what is whole. A line that was torn by a crash, which never parses, was not synced either: it is left out. */
export function readSpool(text: string): Counters {
  const counters = new Counters();
  const names = new Map<number, Name>();
  for (const row of text.split("\n")) readLine(parseLine(row), counters, names);
  return counters;
}

type Name = Pick<Counter, "instanceId" | "generation" | "run" | "subject" | "meter">;

function readLine([kind, ...rest]: readonly unknown[], counters: Counters, names: Map<number, Name>): void {
  if (kind === "s") {
    const [instanceId, generation, run, bytes] = rest as [string, number, string, string];
    counters.restore({ instanceId, generation, run, bytes: BigInt(bytes) });
    return;
  }
  const number = rest[0] as number;
  if (kind === "c") {
    const [, instanceId, generation, run, subject, meter] = rest as [
      number,
      string,
      number,
      string,
      string,
      Name["meter"],
    ];
    names.set(number, { instanceId, generation, run, subject, meter });
    return;
  }
  const name = names.get(number);
  if (!name) return;
  const value = BigInt(rest[1] as string);
  if (kind === "v") counters.record({ ...name, value });
  if (kind === "a") counters.accept({ ...name, value });
}

function parseLine(row: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(row);
    return Array.isArray(parsed) && kinds.includes(parsed[0]) ? parsed : [];
  } catch {
    return [];
  }
}

function line(fields: readonly unknown[]): string {
  return `${JSON.stringify(fields)}\n`;
}
