import { join } from "node:path";
import type { Context } from "@berth/core/platform/context";
import { openDatabase } from "@berth/core/platform/database";
import { requireSecureDatabase } from "@berth/core/platform/database-tls";
import { type Masters, mastersIn } from "@berth/core/platform/keys-master";
import { openKeyring } from "@berth/core/platform/keys-ring";
import { createLog } from "@berth/core/platform/logger";
import { startPostgres } from "@berth/core/platform/postgres-server";
import { checkFirstMasterKey } from "@berth/core/settings";
import type { Config } from "./config.ts";
import { findRun } from "./run-file.ts";

export function mastersOf(config: Config): Masters {
  return mastersIn(join(config.data, "keys"), {
    present: config.BERTH_MASTER_KEY,
    next: config.BERTH_MASTER_KEY_NEXT,
  });
}

/** Does something with this installation's database, which is started for it when it does not run. */
export async function withDatabase<T>(config: Config, task: string, work: (ctx: Context) => Promise<T>): Promise<T> {
  const log = createLog("silent", task);
  const running = await findRun(config.runFile);
  if (config.BERTH_DATABASE_URL)
    requireSecureDatabase(config.BERTH_DATABASE_URL, config.BERTH_DATABASE_UNVERIFIED_HOSTS);
  const known = config.BERTH_DATABASE_URL ?? running?.databaseUrl;
  const own = known ? undefined : await startPostgres({ folder: join(config.data, "postgres"), log });
  const database = openDatabase(known ?? (own?.url as string), { connections: 4 });
  try {
    const world = {
      db: database.db,
      now: () => new Date(),
      actor: { kind: "system", task } as const,
      log,
      offerings: new Map(),
    };
    const keys = await openKeyring(database.db, {
      masters: mastersOf(config),
      now: world.now,
      check: (keys) => checkFirstMasterKey({ ...world, keys }),
    });
    return await work({ ...world, keys });
  } finally {
    await database.close();
    await own?.stop();
  }
}
