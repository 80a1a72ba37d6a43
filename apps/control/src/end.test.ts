import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { accounts, createClient, settings } from "@berth/api";
import { type TestDatabase, testDatabase } from "../../../tests/support/database.ts";

const operator = { email: "operator@example.com", password: "a password for tests" };
const name = "fleet.offline_after_seconds";
let database: TestDatabase;
let folder: string;

before(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "berth-end-"));
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function launch(more: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = {
    ...process.env,
    BERTH_DATA: folder,
    BERTH_DATABASE_URL: database.url,
    BERTH_HTTP_PORT: "0",
    BERTH_LINK_PORT: "0",
    BERTH_LINK_HOST: "127.0.0.1",
    BERTH_ADMIN_EMAIL: operator.email,
    BERTH_ADMIN_PASSWORD: operator.password,
    LOG_LEVEL: "silent",
    ...more,
  };
  return fork(join(import.meta.dirname, "main.ts"), { env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("told to end, it says that it is not ready, finishes what is in flight and loses nothing", async () => {
  const child = launch();
  const [{ url }] = await once(child, "message");
  const ended = once(child, "exit");
  const ready = async () => (await fetch(`${url}/readyz`)).status;
  assert.equal(await ready(), 200);
  const signedIn = await createClient({ url })(accounts.signIn, operator);
  const token = "token" in signedIn ? signedIn.token : "";
  const call = createClient({ url, token: () => token });

  // A request that takes as long as this test likes: it waits for a lock.
  const holder = await database.pool.connect();
  await holder.query("select pg_advisory_lock(hashtext('setting'), hashtext($1))", [name]);
  const slow = call(settings.changeSetting, { name, value: 77 });
  const waiting = "select from pg_locks where locktype = 'advisory' and not granted";
  await until(async () => ((await holder.query(waiting)).rowCount ?? 0) > 0);

  child.kill("SIGTERM");
  await until(async () => (await ready()) === 503);
  assert.equal((await fetch(`${url}/healthz`)).status, 200, "it still lives");
  // Nobody is let in any more.
  await until(() =>
    fetch(`${url}/healthz`)
      .then(() => false)
      .catch(() => true),
  );
  assert.equal(child.exitCode, null, "it waits for what is in flight");
  await holder.query("select pg_advisory_unlock_all()");
  holder.release();
  assert.equal((await slow).value, 77);
  assert.deepEqual(await ended, [0, null]);
  const row = await database.db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
  assert.equal(row?.value, 77);
});

test("with another master key, or a wrong setting, it does not start and says what is wrong", async () => {
  const wrong: [NodeJS.ProcessEnv, RegExp][] = [
    [
      { BERTH_MASTER_KEY: "ab".repeat(32) },
      /^the master key does not match this database: it was locked with [0-9a-f]{8}/,
    ],
    [
      { BERTH_HTTP_PORT: "many", BERTH_DRAIN_SECONDS: "-1" },
      /BERTH_HTTP_PORT \(environment\).*\n.*BERTH_DRAIN_SECONDS/,
    ],
  ];
  for (const [env, message] of wrong) {
    const child = launch(env);
    const ended = once(child, "exit");
    const said = text(child.stderr as Readable);
    const [{ refused }] = await once(child, "message");
    assert.match(refused, message);
    assert.deepEqual(await ended, [1, null]);
    assert.equal(await said, `${refused}\n`);
  }
});
