import { join } from "node:path";
import { type Finding, verifyEvents } from "@berth/core/audit";
import { verifyUsage } from "@berth/core/metering";
import type { Context } from "@berth/core/platform/context";
import { openDatabase } from "@berth/core/platform/database";
import { createKeys, masterKey } from "@berth/core/platform/keys";
import { createLog } from "@berth/core/platform/logger";
import { startPostgres } from "@berth/core/platform/postgres-server";
import type { Config } from "./config.ts";
import { findRun } from "./run-file.ts";

/** Checks what must add up: the chain of events, and usage against counters. Exit code 1 when something does not. */
export async function verify(config: Config): Promise<void> {
  const log = createLog("silent", "verify");
  const running = await findRun(config.runFile);
  const known = config.BERTH_DATABASE_URL ?? running?.databaseUrl;
  const own = known ? undefined : await startPostgres({ folder: join(config.data, "postgres"), log });
  const database = openDatabase(known ?? (own?.url as string), { connections: 4 });
  try {
    const ctx: Context = {
      db: database.db,
      now: () => new Date(),
      actor: { kind: "system", task: "verify" },
      log,
      offerings: new Map(),
      keys: createKeys(await masterKey(join(config.data, "keys"), config.env.BERTH_MASTER_KEY)),
    };
    for (const check of [verifyEvents, verifyUsage]) report(await check(ctx));
  } finally {
    await database.close();
    await own?.stop();
  }
}

function report({ check, rows, problem }: Finding): void {
  process.stdout.write(problem ? `BAD  ${check}: ${problem}\n` : `ok   ${check}: ${rows} rows\n`);
  if (problem) process.exitCode = 1;
}
