import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listArchive, openArchive, readHeads, verifyArchive } from "@berth/core/audit";
import { Refusal } from "@berth/kit";
import type { Config } from "./config.ts";
import { withDatabase } from "./database.ts";
import { report } from "./verify.ts";

type Action = (config: Config, words: readonly string[]) => Promise<void>;

const actions: Readonly<Record<string, { says: string; run: Action }>> = {
  list: { says: "the days of the archive, and which of them are missing", run: list },
  "open FILE": { says: "print the events of a file, a line of JSON each; the audit notes it", run: open },
  "verify FILE [--head FILE]": { says: "check a file's hashes, its signed head, and the files beside it", run: verify },
};

/** The archive of events, at the machine where the data lies. */
export async function archive(config: Config, [name = "", ...words]: readonly string[]): Promise<void> {
  const [, action] = Object.entries(actions).find(([usage]) => usage.split(" ")[0] === name) ?? [];
  if (action) return action.run(config, words);
  const list = Object.entries(actions).map(([usage, { says }]) => `  ${usage.padEnd(26)} ${says}`);
  throw new Refusal("invalid", "cli.usage", `usage: npm run berth -- archive ACTION\n${list.join("\n")}`);
}

async function list(config: Config): Promise<void> {
  const folder = config.BERTH_ARCHIVE_FOLDER ?? join(config.data, "archive");
  const days = await withDatabase(config, "archive", (ctx) => listArchive(ctx, folder));
  for (const { day, bytes = "-", state } of days) process.stdout.write(`${day}  ${state.padEnd(8)} ${bytes}\n`);
  if (days.some(({ state }) => state === "missing")) process.exitCode = 1;
}

async function open(config: Config, [file]: readonly string[]): Promise<void> {
  const path = named(file);
  await withDatabase(config, "archive", async (ctx) => {
    for await (const line of openArchive(ctx, path)) {
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
    }
  });
}

async function verify(config: Config, words: readonly string[]): Promise<void> {
  const options = { head: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const path = named(positionals[0]);
  const kept = values.head === undefined ? [] : await readHeads(values.head);
  report(await withDatabase(config, "archive", (ctx) => verifyArchive(ctx, path, kept)));
}

function named(file: string | undefined): string {
  if (file !== undefined && existsSync(file)) return file;
  if (file !== undefined) throw new Refusal("not_found", "audit.no_such_archive", `there is no file ${file}`);
  throw new Refusal("invalid", "cli.usage", "name a file of the archive (archive list shows the days)");
}
