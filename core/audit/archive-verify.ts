import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../platform/context.ts";
import {
  type ArchiveHeader,
  archiveLines,
  archiveName,
  dayOfName,
  misnamed,
  provenHeader,
  readStart,
} from "./archive-file.ts";
import { type ArchivedEvent, fromLine } from "./archive-line.ts";
import { allArchives } from "./archive-store.ts";
import { record } from "./record.ts";
import { trustedKeys } from "./signing-key.ts";
import type { Head } from "./store.ts";
import { type Finding, headsProblem, linkProblem } from "./verify.ts";

export interface ListedArchive {
  readonly day: string;
  /** Of the file; nothing when there is none. */
  readonly bytes: number | undefined;
  /** `unknown`: a file that this database knows nothing of, as after it was put back from a backup. */
  readonly state: "kept" | "removed" | "missing" | "unknown";
}

/** What lies in the folder and what should. */
export async function listArchive(ctx: Context, folder: string): Promise<ListedArchive[]> {
  const rows = new Map((await allArchives(ctx)).map((row) => [row.day, row]));
  const found = await daysIn(folder);
  const days = [...new Set([...rows.keys(), ...found])].sort();
  return Promise.all(
    days.map(async (day) => {
      const bytes = found.includes(day) ? (await stat(join(folder, archiveName(day)))).size : undefined;
      const row = rows.get(day);
      if (!row) return { day, bytes, state: "unknown" };
      if (bytes !== undefined) return { day, bytes, state: "kept" };
      return { day, bytes, state: row.removed_at ? "removed" : "missing" };
    }),
  );
}

/** The lines of a file. Who opens it is in the audit before the first line comes. */
export async function* openArchive(ctx: Context, path: string): AsyncGenerator<string> {
  const { day } = await provenHeader(ctx.keys, path);
  await record(ctx, { name: "audit.archive_opened", data: { day } });
  yield* archiveLines(ctx.keys, path, await readStart(path));
}

/**
 * Checks a file by itself: every hash from the one before, its signed head, and heads that were `kept` elsewhere. Then that it goes
 * on where the file before ends, and ends where the next one begins. Refuses what does not open.
 */
export async function verifyArchive(ctx: Context, path: string, kept: readonly Head[] = []): Promise<Finding> {
  const start = await readStart(path);
  const walked = await walk(ctx, archiveLines(ctx.keys, path, start), start.header, kept);
  const problem =
    walked.problem ?? misnamed(path, start.header) ?? (await neighbourProblem(ctx, dirname(path), start.header));
  return { check: archiveName(start.header.day), rows: walked.rows, ...(problem ? { problem } : {}) };
}

interface Walked {
  readonly rows: number;
  readonly problem?: string | undefined;
}

async function walk(
  ctx: Context,
  lines: AsyncIterable<string>,
  header: ArchiveHeader,
  kept: readonly Head[],
): Promise<Walked> {
  const keys = await trustedKeys(ctx);
  const heads = Map.groupBy(kept, ({ position }) => position);
  let last: Link = { position: BigInt(header.first) - 1n, hash: Buffer.from(header.before, "hex") };
  let rows = 0;
  let signed: Head | undefined;
  let problem: string | undefined;
  // To the end also after a problem: whether the file is whole is known there.
  for await (const line of lines) {
    const read = fromLine(line);
    if ("head" in read) {
      signed = read.head;
      problem ??= headsProblem([signed], hashAt(last, signed), keys);
    } else {
      problem ??=
        linkProblem(last, read.event) ?? headsProblem(heads.get(read.event.position) ?? [], read.event.hash, keys);
      last = read.event;
      rows += 1;
    }
  }
  return { rows, problem: problem ?? endProblem(last, header, signed) };
}

type Link = Pick<ArchivedEvent, "position" | "hash">;

/** A head of another position was signed over another hash. */
const hashAt = (last: Link, head: Head) => (head.position === last.position ? last.hash : Buffer.alloc(0));

function endProblem(last: Link, header: ArchiveHeader, signed: Head | undefined): string | undefined {
  if (`${last.position}` !== header.last) return `it ends at position ${last.position}, not at ${header.last}`;
  if (last.hash.toString("hex") !== header.hash) return "its last hash is not the one that it names";
  return signed ? undefined : "it has no signed head";
}

async function neighbourProblem(ctx: Context, folder: string, header: ArchiveHeader): Promise<string | undefined> {
  const files = (await listArchive(ctx, folder)).filter(({ state }) => state !== "removed");
  const neighbours = [files.findLast(({ day }) => day < header.day), files.find(({ day }) => day > header.day)];
  for (const file of neighbours) {
    if (file?.state === "missing") return `the file of ${file.day} beside it is missing`;
    const other = file && (await provenHeader(ctx.keys, join(folder, archiveName(file.day))));
    if (other && !isJoined(header, other)) return `it does not join the file of ${other.day}`;
  }
  return undefined;
}

function isJoined(one: ArchiveHeader, other: ArchiveHeader): boolean {
  const [first, second] = one.day < other.day ? [one, other] : [other, one];
  return BigInt(first.last) + 1n === BigInt(second.first) && first.hash === second.before;
}

async function daysIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).flatMap((name) => dayOfName(name) ?? []).sort();
}
