import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const pollMs = 200;
/** A lock whose owner has not written its name by then belongs to nobody: it died in between. */
const namelessMs = 5_000;

/**
 * Runs `work` while this process alone holds the folder `lock`. Waits for a living owner; takes over from a dead one.
 * @template T
 * @param {string} lock
 * @param {() => T | Promise<T>} work
 * @param {(owner: string) => void} [onWait] told once when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(lock, work, onWait) {
  mkdirSync(dirname(lock), { recursive: true });
  let told = false;
  while (!take(lock)) {
    const owner = readOwner(lock);
    if (isAbandoned(lock, owner)) {
      takeAway(lock);
      continue;
    }
    if (!told) onWait?.(owner?.split(" ")[0] ?? "unknown");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** @param {string} lock */
function take(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(lock, "owner"), identity(process.pid) ?? `${process.pid}`);
  return true;
}

/**
 * Renames before removing, so that of two who find the same dead owner only one removes it, and a lock that was taken
 * anew in between is given back.
 * @param {string} lock
 */
function takeAway(lock) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  if (isAbandoned(aside, readOwner(aside))) rmSync(aside, { recursive: true, force: true });
  else renameSync(aside, lock);
}

/** @param {string} lock */
function readOwner(lock) {
  const file = join(lock, "owner");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * @param {string} lock
 * @param {string | undefined} owner
 */
function isAbandoned(lock, owner) {
  if (!owner) return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > namelessMs;
  return identity(Number(owner.split(" ")[0])) !== owner;
}

/**
 * Pid and start time, so that a pid that was given to another process is not taken for the owner.
 * @param {number} pid
 * @returns {string | undefined} nothing when there is no such process
 */
function identity(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPERM") return undefined;
  }
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return `${pid}`;
  // The command in field 2 may hold spaces; start time is field 22, the 20th after it.
  const fields = readFileSync(stat, "utf8").split(") ").at(-1)?.split(" ");
  return `${pid} ${fields?.[19]}`;
}
