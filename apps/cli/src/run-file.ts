import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { Refusal } from "@berth/kit";
import { z } from "zod";

/** What `berth up` says about itself to other commands on this machine. */
const run = z.object({
  pid: z.number().int(),
  url: z.string().optional(),
  databaseUrl: z.string(),
});

export type Run = z.infer<typeof run>;

/** The Berth that runs over this data folder, if one does. What a killed one left over does not count. */
export async function findRun(file: string): Promise<Run | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = run.safeParse(JSON.parse(text));
  return parsed.success && (await isBerth(parsed.data.pid)) ? parsed.data : undefined;
}

export async function requireAlone(file: string): Promise<void> {
  const other = await findRun(file);
  if (other && other.pid !== process.pid) {
    const where = other.url ? ` at ${other.url}` : "";
    throw new Refusal("conflict", "cli.already_running", `Berth already runs here${where}, process ${other.pid}`);
  }
}

/** Whole or not at all; it names the database's password, so only its owner reads it. */
export async function writeRun(file: string, value: Run): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeRun(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** A process id alone proves nothing: numbers are used again. */
async function isBerth(pid: number): Promise<boolean> {
  if (!existsSync("/proc")) return isAlive(pid);
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.includes("main.ts");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
