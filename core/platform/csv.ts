import { Readable } from "node:stream";
import type { Route } from "@berth/api";
import { z } from "zod";

/** Rows that are asked for at once. */
const pageRows = 2_000;

interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Reads one page of a list, forward wherever the request began. */
export type ReadPage = (page: {
  readonly after: string | undefined;
  readonly before: undefined;
  readonly limit: number;
}) => Promise<Page>;

/** A column: its name in the first line and the steps to its value. */
type Column = readonly string[];

/**
 * The whole list as CSV (RFC 4180), page by page, each asked for when the one before is on its way: so neither memory nor a
 * connection of the database is held for a reader who is slow. Rows that are made meanwhile are left out, none comes twice.
 */
export async function toCsvStream(
  declared: Route,
  { after }: { after?: string },
  read: ReadPage,
  mostStillMs = 60_000,
): Promise<Readable> {
  // Before anything is sent, so that a refusal can still be told.
  const first = await read({ after, before: undefined, limit: pageRows });
  const stop = () => void rows.destroy(new Error("the file was not read on"));
  const chunks = whileReadOn(toChunks(columnsOf(declared), first, read), mostStillMs, stop);
  const rows = Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
  return rows;
}

/** Whoever stands still holds a turn that somebody else waits for. */
async function* whileReadOn(chunks: AsyncIterable<string>, mostStillMs: number, stop: () => void) {
  for await (const chunk of chunks) {
    const timer = setTimeout(stop, mostStillMs);
    try {
      yield chunk;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* toChunks(columns: readonly Column[], first: Page, read: ReadPage): AsyncGenerator<string> {
  yield toLine(columns.map((column) => column.join(".")));
  for (let page = first; ; ) {
    if (page.items.length > 0)
      yield page.items.map((item) => toLine(columns.map((column) => at(item, column)))).join("");
    if (page.next === null) return;
    page = await read({ after: page.next, before: undefined, limit: pageRows });
  }
}

/** Fields of a list's items; those of an object in an item are columns of their own. */
function columnsOf({ reply }: Route): Column[] {
  const items = reply instanceof z.ZodObject ? reply.shape.items : undefined;
  const item = items instanceof z.ZodArray ? items.element : undefined;
  if (!(item instanceof z.ZodObject)) throw new Error("only a list of objects can be had as CSV");
  return fieldsOf(item);
}

function fieldsOf(object: z.ZodObject): Column[] {
  return Object.entries(object.shape).flatMap(([name, field]): Column[] => {
    const inner = field instanceof z.ZodNullable ? field.unwrap() : field;
    return inner instanceof z.ZodObject ? fieldsOf(inner).map((column) => [name, ...column]) : [[name]];
  });
}

function at(item: unknown, column: Column): unknown {
  return column.reduce<unknown>((value, step) => (value as Record<string, unknown> | null)?.[step], item);
}

function toLine(values: readonly unknown[]): string {
  return `${values.map(toField).join(",")}\r\n`;
}

function toField(value: unknown): string {
  const text = harmless(toText(value));
  return /[",\r\n;\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value.join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Spreadsheets take a field that begins so for a formula, and some begin a new field at `;`, tabs and ends of lines even
 * within quotes. An apostrophe makes it text. Numbers stay what they are.
 */
function harmless(text: string): string {
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  return text.replace(/[;\t\r\n](?=\s*[=+\-@＝＋－＠])/g, "$&'").replace(/^(?=\s*[=+\-@＝＋－＠])/, "'");
}
