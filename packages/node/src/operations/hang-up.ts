import { readdir, readFile } from "node:fs/promises";
import { secondMs, sleep } from "@berth/kit";

/** How long what runs in a shell may take to end after being told. */
const hangUpMs = secondMs;

/** Tells a shell's process group to end, and ends what is left of its session some time later, whatever it ignores. */
export async function hangUp(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  kill(-pid, "SIGHUP");
  await sleep(hangUpMs);
  await killSession(pid);
}

async function killSession(leader: number): Promise<void> {
  for (const pid of await sessionOf(leader)) kill(pid, "SIGKILL");
}

/** Every process of a session: jobs of an interactive shell have process groups of their own. */
async function sessionOf(leader: number): Promise<number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await sessionIdOf(pid)) === leader ? Number(pid) : undefined)),
  );
  return found.filter((pid) => pid !== undefined);
}

/** The sixth field of `/proc/PID/stat`; the second is a name in brackets, which may hold anything. */
async function sessionIdOf(pid: string): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
  return session === undefined ? undefined : Number(session);
}

/** Whether a process is there no more. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
