import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { archiveSweep, record, sealEvents } from "@berth/core/audit";
import type { Context } from "@berth/core/platform/context";
import { mastersIn } from "@berth/core/platform/keys-master";
import { openKeyring } from "@berth/core/platform/keys-ring";
import { dayMs } from "@berth/kit";
import { type TestDatabase, testDatabase } from "../../../tests/support/database.ts";

let database: TestDatabase;
let data: string;

/** An installation with one day in its archive. */
before(async () => {
  database = await testDatabase();
  data = await mkdtemp(join(tmpdir(), "berth-archive-"));
  let at = Date.now() - dayMs;
  const now = () => new Date(at);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const actor = { kind: "system", task: "test" } as const;
  const keys = await openKeyring(database.db, { masters: mastersIn(join(data, "keys")), now });
  const ctx: Context = { db: database.db, now, actor, log, offerings: new Map(), keys };
  await record(ctx, { name: "tests.first" });
  await sealEvents(ctx);
  at += dayMs;
  await archiveSweep({ folder: join(data, "archive"), keptDays: async () => 30 }).run(ctx);
});
after(async () => {
  await database.close();
  await rm(data, { recursive: true, force: true });
});

function archive(...words: string[]): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, BERTH_DATA: data, BERTH_DATABASE_URL: database.url };
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "archive", ...words], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

test("berth archive lists days, prints one, checks it, and says what is wrong with what is none", async () => {
  const folder = join(data, "archive");
  const file = join(folder, (await readdir(folder))[0] as string);
  const listed = await archive("list");
  assert.match(listed.said, /^\d{4}-\d\d-\d\d {2}kept {5}\d+\n$/);
  const opened = await archive("open", file);
  assert.deepEqual([opened.code, JSON.parse(opened.said.split("\n")[0] as string).event.name], [0, "tests.first"]);
  const verified = await archive("verify", file);
  assert.deepEqual([verified.code, /^ok {3}events-.*\.berth: 1 rows$/m.test(verified.said)], [0, true], verified.said);
  const none = await archive("verify", join(import.meta.dirname, "main.ts"));
  assert.deepEqual([none.code, /is no file of the archive/.test(none.said)], [1, true], none.said);
  assert.match((await archive("open", join(folder, "gone"))).said, /^there is no file /);
  await rm(file);
  const missed = await archive("list");
  assert.deepEqual([missed.code, /missing/.test(missed.said)], [1, true], missed.said);
});
