import { type Finding, verifyEvents } from "@berth/core/audit";
import { verifyUsage } from "@berth/core/metering";
import type { Config } from "./config.ts";
import { withDatabase } from "./database.ts";

/** Checks what must add up: the chain of events, and usage against counters. Exit code 1 when something does not. */
export async function verify(config: Config): Promise<void> {
  await withDatabase(config, "verify", async (ctx) => {
    for (const check of [verifyEvents, verifyUsage]) report(await check(ctx));
  });
}

function report({ check, rows, problem }: Finding): void {
  process.stdout.write(problem ? `BAD  ${check}: ${problem}\n` : `ok   ${check}: ${rows} rows\n`);
  if (problem) process.exitCode = 1;
}
