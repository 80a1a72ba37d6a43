import { createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { Refusal } from "@berth/kit";
import { type Entry, openPromise, type ZipFile } from "yauzl";

/** How much an archive may hold. What it says about itself is not believed: bytes are counted as they come out. */
export interface UnpackLimits {
  readonly mostBytes: number;
  readonly mostEntries: number;
  /** Bytes that come out for each byte that went in, over the whole archive. */
  readonly mostRatio: number;
}

const usual: UnpackLimits = { mostBytes: 2 * 1024 ** 3, mostEntries: 10_000, mostRatio: 100 };

export interface Unpacked {
  /** Below the folder, with `/` between. */
  readonly name: string;
  readonly bytes: number;
}

/** Writes an upload to a new file as it comes, bounded. What is left of one that fails is removed. Returns its size. */
export async function receiveUpload(
  upload: Readable,
  path: string,
  { mostBytes = usual.mostBytes } = {},
): Promise<number> {
  let size = 0;
  const count = counter((chunk) => {
    size += chunk.length;
    if (size > mostBytes) throw refused(`it has over ${mostBytes} bytes`);
  });
  await pipeline(upload, count, createWriteStream(path, { flags: "wx", mode: 0o600 })).catch(async (error) => {
    // Somebody else's file is not what is left of this upload.
    if (error.code !== "EEXIST") await rm(path, { force: true });
    throw error;
  });
  return size;
}

/**
 * Unpacks a zip archive into a folder that it makes: plain files and folders only, all below it, nothing twice. An archive
 * inside stays an archive. Either everything is there afterwards, or nothing.
 */
export async function unpackZip(path: string, folder: string, limits: Partial<UnpackLimits> = {}): Promise<Unpacked[]> {
  await mkdir(folder, { mode: 0o700 });
  try {
    return await unpackInto(path, folder, { ...usual, ...limits });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (error instanceof Refusal) throw error;
    // What the archive's reader or a disagreement of its entries says; the disk's own failures are no fault of the archive.
    if (isOfDisk(error)) throw error;
    throw refused((error as Error).message);
  }
}

const isOfDisk = (error: unknown) =>
  ["ENOSPC", "EDQUOT", "EIO", "EMFILE", "EROFS"].includes((error as { code: string }).code);

async function unpackInto(path: string, folder: string, limits: UnpackLimits): Promise<Unpacked[]> {
  const { size } = await stat(path);
  const most = Math.min(limits.mostBytes, size * limits.mostRatio);
  const zip = await openPromise(path, { lazyEntries: true, strictFileNames: true, autoClose: false });
  try {
    const unpacked: Unpacked[] = [];
    const names = new Set<string>();
    let total = 0;
    // Of entries the archive's own number is as good as a count: no more than that are read.
    if (zip.entryCount > limits.mostEntries) throw refused(`it has over ${limits.mostEntries} entries`);
    for await (const entry of zip.eachEntry()) {
      const name = plainName(entry);
      claim(names, name);
      if (entry.fileName.endsWith("/")) {
        await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
        continue;
      }
      const before = total;
      await writeEntry(zip, entry, join(folder, name), (bytes) => {
        total += bytes;
        if (total > most) throw refused(`it unpacks to over ${most} bytes`);
      });
      unpacked.push({ name, bytes: total - before });
    }
    return unpacked;
  } finally {
    zip.close();
  }
}

async function writeEntry(zip: ZipFile, entry: Entry, path: string, onBytes: (bytes: number) => void): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const content = await zip.openReadStreamPromise(entry);
  let sum = 0;
  const count = counter((chunk) => {
    onBytes(chunk.length);
    sum = crc32(chunk, sum);
  });
  await pipeline(content, count, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  if (sum !== entry.crc32) throw refused(`${quoted(entry.fileName)} is damaged`);
}

function counter(onChunk: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        onChunk(chunk);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

const [typeMask, file, directory] = [0o170000, 0o100000, 0o040000];

/** The name of a plain file or folder. Links, devices and pipes are refused by their Unix mode, whoever claims to have made it. */
function plainName(entry: Entry): string {
  const type = (entry.externalFileAttributes >>> 16) & typeMask;
  if (![0, file, directory].includes(type)) throw refused(`${quoted(entry.fileName)} is no plain file`);
  if (entry.isEncrypted()) throw refused(`${quoted(entry.fileName)} is encrypted`);
  const name = entry.fileName.replace(/\/$/, "");
  const steps = name.split("/");
  const isPlain = steps.every((step) => step !== "" && step !== "." && step !== ".." && Buffer.byteLength(step) <= 255);
  if (!isPlain || name.length > 1_024 || /[\p{Cc}\\:]/u.test(name)) throw refused(`${quoted(name)} is no plain name`);
  return name;
}

/** Each name once, also for file systems that don't tell case and composition apart. */
function claim(names: Set<string>, name: string): void {
  const folded = name.normalize("NFC").toLowerCase();
  if (names.has(folded)) throw refused(`${quoted(name)} is there twice`);
  names.add(folded);
}

const quoted = (name: string) => JSON.stringify(name.slice(0, 80));

function refused(why: string): Refusal {
  return new Refusal("invalid", "upload.refused", `this archive can't be taken: ${why}`);
}
