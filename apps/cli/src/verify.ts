import { parseArgs } from "node:util";
import { type Finding, readHeads, verifyEvents } from "@berth/core/audit";
import { verifyUsage } from "@berth/core/metering";
import type { Config } from "./config.ts";
import { withDatabase } from "./database.ts";

/**
 * Checks what must add up: the chain of events, and usage against counters. With `--head FILE`, a head that was kept outside the
 * database, also that nothing up to it was cut off. Exit code 1 when something does not add up.
 */
export async function verify(config: Config, words: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...words], options: { head: { type: "string" } } });
  const kept = values.head === undefined ? [] : await readHeads(values.head);
  await withDatabase(config, "verify", async (ctx) => {
    report(await verifyEvents(ctx, kept));
    report(await verifyUsage(ctx));
  });
}

/** Says what was found; a problem makes the exit code 1. */
export function report({ check, rows, problem }: Finding): void {
  process.stdout.write(problem ? `BAD  ${check}: ${problem}\n` : `ok   ${check}: ${rows} rows\n`);
  if (problem) process.exitCode = 1;
}
