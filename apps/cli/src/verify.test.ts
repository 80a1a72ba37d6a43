import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { headSweep, record, sealEvents } from "@berth/core/audit";
import type { Context } from "@berth/core/platform/context";
import { mastersIn } from "@berth/core/platform/keys-master";
import { openKeyring } from "@berth/core/platform/keys-ring";
import { checkFirstMasterKey } from "@berth/core/settings";
import { type TestDatabase, testDatabase } from "../../../tests/support/database.ts";

let database: TestDatabase;
let data: string;
let heads: string;

/** An installation with three sealed events, whose head was kept. */
before(async () => {
  database = await testDatabase();
  data = await mkdtemp(join(tmpdir(), "berth-verify-"));
  heads = join(data, "heads");
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const now = () => new Date();
  const actor = { kind: "system", task: "test" } as const;
  const world = { db: database.db, now, actor, log: quiet, offerings: new Map() };
  const keys = await openKeyring(database.db, {
    masters: mastersIn(join(data, "keys")),
    now,
    check: (keys) => checkFirstMasterKey({ ...world, keys }),
  });
  const ctx: Context = { ...world, keys };
  for (const name of ["tests.first", "tests.second", "tests.third"]) {
    await record(ctx, { name });
    await sealEvents(ctx);
  }
  await headSweep(heads).run(ctx);
});
after(async () => {
  await database.close();
  await rm(data, { recursive: true, force: true });
});

function verify(...words: string[]): Promise<{ code: number | null; said: string }> {
  const program = join(import.meta.dirname, "main.ts");
  const env = { ...process.env, BERTH_DATA: data, BERTH_DATABASE_URL: database.url };
  const child = spawn(process.execPath, [program, "verify", ...words], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

test("berth verify finds what was cut off only with a head that was kept elsewhere", async () => {
  const whole = await verify("--head", heads);
  assert.deepEqual([whole.code, whole.said.split("\n")[0]], [0, "ok   events: 3 rows"], whole.said);
  const client = await database.pool.connect();
  await client.query("set session_replication_role = replica");
  await client.query("delete from event_heads where position = 3");
  await client.query("delete from event_seals where position = 3");
  await client.query("delete from events where name = 'tests.third'");
  client.release(true);
  const without = await verify();
  assert.deepEqual([without.code, without.said.split("\n")[0]], [0, "ok   events: 2 rows"], without.said);
  const cut = await verify("--head", heads);
  assert.equal(cut.code, 1);
  assert.match(cut.said, /^BAD {2}events: the chain was cut off: it ends at position 2, .* is at 3$/m);
});

test("berth verify says what is wrong with a file that is none of heads", async () => {
  const { code, said } = await verify("--head", join(import.meta.dirname, "main.ts"));
  assert.equal(code, 1);
  assert.match(said, /is not a signed head|no signed head/);
});
