import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline, Readable } from "node:stream";
import { pipeline as pipelineEnds } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { Refusal } from "@berth/kit";
import { z } from "zod";
import type { Keys } from "../platform/keys.ts";
import { openingStream, sealingStream } from "../platform/keys-stream.ts";

/*
 * A file of the archive: one day's events.
 *
 *   "berthev1" | 4 B length of the header | header, JSON | lines of JSON, compressed (zstd) and sealed in chunks (keys-stream.ts)
 *
 * Everything before the chunks is authenticated with each of them.
 */
const magic = Buffer.from("berthev1");
const mostHeaderBytes = 4_096;
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const position = z.string().regex(/^\d{1,19}$/);

const archiveHeader = z.strictObject({
  day: z.iso.date(),
  first: position,
  last: position,
  /** The chain's hash before the first event, and at the last: so neighbours are held against each other. */
  before: hex(32),
  hash: hex(32),
  /** Names the installation's key, and what makes this file's own key out of it. */
  key: hex(8),
  salt: hex(32),
});
export type ArchiveHeader = z.infer<typeof archiveHeader>;

const namePattern = /^events-(\d{4}-\d{2}-\d{2})\.berth$/;

export const archiveName = (day: string) => `events-${day}.berth`;
/** The day that a name says, or nothing for what is no file of the archive. */
export const dayOfName = (name: string) => namePattern.exec(name)?.[1];
/** What was being written when its writer ended. */
export const isHalfWritten = (name: string) => /^events-[\d-]+\.berth\.[0-9a-f]{12}$/.test(name);

/**
 * Data keys come and go in months, archives stay for years: a file's key comes from the one that never changes, which every backup
 * of the database holds, wrapped by the master key.
 */
const keyIdOf = (keys: Keys) => keys.hash("audit.archive key", "id").toString("hex").slice(0, 16);
const fileKey = (keys: Keys, { day, salt }: ArchiveHeader) => keys.hash("audit.archive", `${day} ${salt}`);

/** Writes a file of a name that is not taken, whole and written out when this ends; no more of it is in memory than a page. */
export async function writeArchive(
  keys: Keys,
  path: string,
  about: Omit<ArchiveHeader, "key" | "salt">,
  lines: AsyncIterable<string>,
): Promise<void> {
  const header = { ...about, key: keyIdOf(keys), salt: randomBytes(32).toString("hex") };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const start = Buffer.concat([magic, length, text]);
  const to = createWriteStream(path, { flags: "wx", mode: 0o600, flush: true });
  to.write(start);
  await pipelineEnds(Readable.from(lines), createZstdCompress(), sealingStream(fileKey(keys, header), start), to);
}

interface Start {
  readonly header: ArchiveHeader;
  readonly bytes: Buffer;
}

/** What a file says about itself: not to be believed before something of it was opened. */
export async function readStart(path: string): Promise<Start> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length + 4 + mostHeaderBytes), { position: 0 });
  const read = buffer.subarray(0, bytesRead);
  if (!read.subarray(0, magic.length).equals(magic) || read.length < magic.length + 4) throw notOne(path);
  const end = magic.length + 4 + read.readUInt32BE(magic.length);
  const parsed = archiveHeader.safeParse(parseJson(read.subarray(magic.length + 4, end).toString()));
  if (end > read.length || !parsed.success) throw notOne(path);
  return { header: parsed.data, bytes: read.subarray(0, end) };
}

/** The lines of a file, as they come. Refuses, at the latest at its end, a file with a byte that is not as it was written. */
export async function* archiveLines(keys: Keys, path: string, { header, bytes }: Start): AsyncGenerator<string> {
  if (header.key !== keyIdOf(keys)) {
    const message = `${path} was sealed with key ${header.key}, here is ${keyIdOf(keys)}: it is another installation's`;
    throw new Refusal("conflict", "audit.archive_other_key", message);
  }
  const sealed = createReadStream(path, { start: bytes.length });
  // Errors come out where the lines are read.
  const text = pipeline(sealed, openingStream(fileKey(keys, header), bytes), createZstdDecompress(), () => {});
  try {
    yield* linesOf(text);
  } catch (error) {
    const message = `${path} is damaged, cut off or was altered (${(error as Error).message})`;
    throw new Refusal("invalid", "audit.archive_damaged", message);
  }
}

/** The header of a file of which the beginning opens, so that it can be believed. */
export async function provenHeader(keys: Keys, path: string): Promise<ArchiveHeader> {
  const start = await readStart(path);
  for await (const _line of archiveLines(keys, path, start)) break;
  return start.header;
}

export function misnamed(path: string, { day }: ArchiveHeader): string | undefined {
  return basename(path) === archiveName(day) ? undefined : `it is the file of ${day}, under another name`;
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notOne(path: string): Refusal {
  return new Refusal(
    "invalid",
    "audit.archive_damaged",
    `${path} is no file of the archive, or its beginning was altered`,
  );
}
