import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Refusal } from "@berth/kit";
import { masterFingerprint } from "./keys.ts";

/** Where master keys are kept. Asked again at every reload, so that a replaced key needs no restart. */
export interface Masters {
  /** The present one first; while it is being replaced, the one that comes next or went before as well. All open. */
  read(): Promise<readonly Buffer[]>;
  /** The one that stays when a change ends. */
  newest(): Promise<Buffer>;
  /** The master key that will replace the present one; the same one until `promote`. */
  prepareNext(): Promise<Buffer>;
  /** Makes the next one the present one, where that is a file; the one before still opens. */
  promote(): Promise<void>;
  /** Ends the change: the one before is kept beside the present one for backups, and not read any more. */
  settle(): Promise<void>;
}

export interface MasterSettings {
  /** 64 hexadecimal digits; absent: a file in the folder, made at first start. */
  readonly present?: string | undefined;
  readonly next?: string | undefined;
}

export function mastersIn(folder: string, { present, next }: MasterSettings = {}): Masters {
  const file = join(folder, "master");
  const [nextFile, beforeFile] = [`${file}.next`, `${file}.before`];
  const isSet = present !== undefined;
  const findIn = async (path: string) => (isSet ? undefined : findKey(path));
  const findNext = async () => (next === undefined ? findIn(nextFile) : parseMasterKey(next));
  return {
    async read() {
      // The next one first: renamed in between, it is found under its new name.
      const found = [await findNext(), await findIn(beforeFile)];
      const first = await masterKey(folder, present);
      return [first, ...found.filter((key) => key !== undefined && !key.equals(first))] as Buffer[];
    },
    newest: async () => (await findNext()) ?? masterKey(folder, present),
    async prepareNext() {
      const found = await findNext();
      if (found) return found;
      if (isSet) {
        const how = "set BERTH_MASTER_KEY_NEXT to 64 new hexadecimal digits (openssl rand -hex 32) and run this again";
        throw new Refusal("invalid", "keys.next_missing", `the master key is in BERTH_MASTER_KEY: ${how}`);
      }
      if (existsSync(beforeFile)) {
        throw new Refusal("conflict", "keys.master_changing", "finish the change of the master key that was begun");
      }
      await writeOnce(nextFile, `${randomBytes(32).toString("hex")}\n`);
      return readKey(nextFile);
    },
    async promote() {
      if (isSet || !existsSync(nextFile)) return;
      await writeOnce(beforeFile, `${(await readKey(file)).toString("hex")}\n`);
      await rename(nextFile, file);
      await syncFolder(folder);
    },
    async settle() {
      const before = await findIn(beforeFile);
      if (before) await rename(beforeFile, `${file}.${masterFingerprint(before)}`);
    },
  };
}

/**
 * The master key: from the setting (64 hex digits) if there is one, else from `folder/master`, made at first start.
 * The file is written whole or not at all, readable by its owner only.
 */
export async function masterKey(folder: string, setting: string | undefined): Promise<Buffer> {
  if (setting !== undefined) return parseMasterKey(setting);
  const path = join(folder, "master");
  if (!existsSync(path)) await writeOnce(path, `${randomBytes(32).toString("hex")}\n`);
  return readKey(path);
}

/** Puts a master key back that was lost. Never over another one. */
export async function restoreMasterKey(folder: string, master: Buffer): Promise<void> {
  const path = join(folder, "master");
  await writeOnce(path, `${master.toString("hex")}\n`);
  if ((await readKey(path)).equals(master)) return;
  throw new Refusal("conflict", "keys.other_master", `${path} holds another master key; move it away first`);
}

/** Another replica may rename the file at any moment: what is not there any more was not there. */
async function findKey(path: string): Promise<Buffer | undefined> {
  try {
    return await readKey(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const readKey = async (path: string) => parseMasterKey((await readFile(path, "utf8")).trim());

function parseMasterKey(text: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new Refusal("invalid", "keys.bad_master", "the master key must be 64 hexadecimal digits");
  }
  return Buffer.from(text, "hex");
}

/** Whoever comes first writes the file; the others find it there. */
async function writeOnce(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename, this never replaces a key that another process already works with.
    await link(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await unlink(temporary);
  }
}

/** A name in a folder outlasts a power cut only when the folder itself was written out. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
