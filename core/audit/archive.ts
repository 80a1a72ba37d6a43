import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { dayMs, minuteMs } from "@berth/kit";
import { type Context, transaction } from "../platform/context.ts";
import { isPassing } from "../platform/database.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { type ArchiveHeader, archiveName, isHalfWritten, provenHeader, writeArchive } from "./archive-file.ts";
import { headLine, toLine } from "./archive-line.ts";
import {
  type Archived,
  daysBefore,
  findHeadWithin,
  findSealAfter,
  findSealBefore,
  insertArchive,
  isFailureTold,
  lockArchive,
  markRemoved,
  newestArchive,
} from "./archive-store.ts";
import { chainStart } from "./event.ts";
import { record } from "./record.ts";
import { sealedEvents } from "./store.ts";

export interface ArchiveOptions {
  readonly folder: string;
  /** How long files are kept, asked at each turn. */
  readonly keptDays: (ctx: Context) => Promise<number>;
}

const pageSize = 1_000;
const dayOf = (at: Date) => at.toISOString().slice(0, 10);
const nextDay = (day: string) => new Date(Date.parse(day) + dayMs);

/** Writes every day that is over (in UTC) and not yet in the archive, then removes the files that were kept long enough. */
async function keepArchive(ctx: Context, options: ArchiveOptions): Promise<void> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await chmod(options.folder, 0o700);
  while (await archiveDay(ctx, options.folder)) {
    // Days that were missed follow one after the other.
  }
  await removeAged(ctx, options);
}

export function archiveSweep(options: ArchiveOptions): Sweep {
  const run = async (ctx: Context) => {
    try {
      await keepArchive(ctx, options);
    } catch (error) {
      await tellFailure(ctx, error as NodeJS.ErrnoException);
    }
  };
  return { name: "audit.archive", everyMs: 10 * minuteMs, run };
}

/** True when it wrote one. The file gets its name before the row commits: a row never stands for a file that isn't there. */
async function archiveDay(ctx: Context, folder: string): Promise<boolean> {
  return transaction(ctx, async (ctx) => {
    await lockArchive(ctx);
    // Only now: whoever else still writes has lost the lock, and with it the right to name a file.
    for (const name of await readdir(folder)) if (isHalfWritten(name)) await rm(join(folder, name), { force: true });
    const due = await findDue(ctx);
    if (!due) return false;
    const path = join(folder, archiveName(due.day));
    const temporary = `${path}.${randomBytes(6).toString("hex")}`;
    const { day, first, last, before, hash } = due;
    const about = {
      day,
      first: `${first}`,
      last: `${last}`,
      before: before.toString("hex"),
      hash: hash.toString("hex"),
    };
    try {
      await writeArchive(ctx.keys, temporary, about, dayLines(ctx, due));
      await insertArchive(ctx, due);
      await record(ctx, { name: "audit.archive_written", data: { day, first: Number(first), last: Number(last) } });
      await setAside(ctx, path, about);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    await syncFolder(folder);
    return true;
  });
}

/**
 * A file that this database knows nothing of stays when it tells otherwise: put back from a backup, the database lacks what the
 * file still has. One with the same events is from a writer that ended before its row was there.
 */
async function setAside(ctx: Context, path: string, about: Pick<ArchiveHeader, "first" | "hash">): Promise<void> {
  if (!existsSync(path)) return;
  const known = await provenHeader(ctx.keys, path).catch(() => undefined);
  if (known?.first === about.first && known.hash === about.hash) return;
  const aside = `${path}.aside-${randomBytes(6).toString("hex")}`;
  await rename(path, aside);
  ctx.log.warn({ aside }, "a file of the archive tells otherwise than the database, and was set aside");
}

interface Due extends Archived {
  readonly before: Buffer;
  readonly hash: Buffer;
}

/**
 * The next stretch of the chain whose day is over. An event belongs to the day on which it was sealed, half a second after it
 * happened, and a stretch begins where the one before ends: so nothing that was sealed late is left out.
 */
async function findDue(ctx: Context): Promise<Due | undefined> {
  const newest = await newestArchive(ctx);
  const start = newest?.last_position ?? 0n;
  const seal = await findSealAfter(ctx, start);
  if (!seal) return undefined;
  const earliest = newest ? nextDay(newest.day).getTime() : 0;
  const day = dayOf(new Date(Math.max(seal.sealed_at.getTime(), earliest)));
  if (day >= dayOf(ctx.now())) return undefined;
  const next = await findSealAfter(ctx, seal.position, nextDay(day));
  const last = (await findSealBefore(ctx, next?.position)) ?? seal;
  const before = (await findSealBefore(ctx, seal.position))?.hash ?? chainStart;
  return { day, first: seal.position, last: last.position, before, hash: last.hash };
}

/** The events as they lie in the database: what somebody changed there is in the file too, beside the hash that it breaks. */
async function* dayLines(ctx: Context, { first, last }: Archived): AsyncGenerator<string> {
  for (let after = first - 1n; after < last; ) {
    const page = await sealedEvents(ctx, after, pageSize);
    for (const row of page) if (row.position <= last) yield toLine(row);
    after = page.at(-1)?.position ?? last;
  }
  const head = await findHeadWithin(ctx, first, last);
  if (head) yield headLine(head);
}

async function removeAged(ctx: Context, { folder, keptDays }: ArchiveOptions): Promise<void> {
  const keptSince = dayOf(new Date(ctx.now().getTime() - (await keptDays(ctx)) * dayMs));
  await transaction(ctx, async (ctx) => {
    await lockArchive(ctx);
    for (const day of await daysBefore(ctx, keptSince)) {
      await rm(join(folder, archiveName(day)), { force: true });
      await markRemoved(ctx, day);
      await record(ctx, { name: "audit.archive_removed", data: { day } });
    }
  });
}

/** An event once for each kind of failure, until a file is written again; a line in the log each time. */
async function tellFailure(ctx: Context, error: NodeJS.ErrnoException): Promise<void> {
  // A file that can't be found looks like a database that can't.
  if (error.path === undefined && isPassing(error)) throw error;
  ctx.log.error({ error: error.stack }, "archive of events not written");
  const kind = error.code ?? "unknown";
  await transaction(ctx, async (ctx) => {
    await lockArchive(ctx);
    if (!(await isFailureTold(ctx, kind))) await record(ctx, { name: "audit.archive_failed", data: { kind } });
  });
}

/** A name outlasts a power cut only when its folder was written out. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
