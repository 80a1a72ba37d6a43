import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists, writeAtomically } from "@berth/node/atomic-file";
import type { Reading } from "@berth/offering";
import { z } from "zod";

const bytes = z.codec(z.string(), z.bigint(), { decode: BigInt, encode: String });

const format = z.object({
  /** Which life of derper's counter this is; "" before the first. */
  run: z.string(),
  generation: z.number(),
  /** Where the counter stood when the generation began: derper counts from its start, whatever generation it serves. */
  base: bytes,
  /** The counter, as it was last read. */
  counted: bytes,
  /** Generations that this run served before, with what they counted. */
  earlier: z.array(z.object({ generation: z.number(), bytes })),
  /** Whether `counted` is the run's last word. */
  isOver: z.boolean(),
});

/** What is known of an instance's counter. */
export type Book = z.output<typeof format>;

export function newBook(generation: number, run = ""): Book {
  return { run, generation, base: 0n, counted: 0n, earlier: [], isOver: false };
}

/** What the present generation counted in the present run. */
export function bytesOf({ base, counted }: Book): bigint {
  return counted - base;
}

/** Begins a generation; what was counted so far stays with the one before. */
export function turnTo(generation: number, book: Book): Book {
  if (generation === book.generation) return book;
  const earlier = [...book.earlier, { generation: book.generation, bytes: bytesOf(book) }];
  return { ...book, generation, base: book.counted, earlier };
}

/** derper knows no devices: what it counts has the subject "". */
export function toReadings(instanceId: string, book: Book): Reading[] {
  const { run, generation, earlier } = book;
  if (run === "") return [];
  const all = [...earlier, { generation, bytes: bytesOf(book) }];
  return all.map(({ generation, bytes: value }) => {
    return { instanceId, generation, run, subject: "", meter: "bytes" as const, value };
  });
}

/**
 * Books on disk, one file each. They are written when a generation or a run begins or ends, not when a counter grows: derper
 * itself remembers that for as long as the run lasts.
 */
export class Books {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether there ever was one. */
  async exist(): Promise<boolean> {
    return stat(this.#folder).then(
      () => true,
      () => false,
    );
  }

  async names(): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return (await readdir(this.#folder)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
  }

  async load(instanceId: string): Promise<Book | undefined> {
    const text = await readIfExists(this.#path(instanceId));
    return text === undefined ? undefined : format.decode(JSON.parse(text));
  }

  async save(instanceId: string, book: Book): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeAtomically(this.#path(instanceId), JSON.stringify(format.encode(book)));
  }

  async remove(instanceId: string): Promise<void> {
    await rm(this.#path(instanceId), { force: true });
  }

  #path(instanceId: string): string {
    return join(this.#folder, `${instanceId}.json`);
  }
}
