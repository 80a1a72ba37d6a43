import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { type TestDatabase, testDatabase } from "../../../tests/support/database.ts";
import { readConfig } from "./config.ts";
import { keys as runKeys } from "./keys.ts";

let database: TestDatabase;
let folder: string;

before(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "berth-cli-keys-"));
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** `berth keys …` over a data folder of this name: in this process, or in one of its own when it reads what is typed. */
async function keys(data: string, words: string[], typed?: string) {
  const env = { ...process.env, BERTH_DATA: join(folder, data), BERTH_DATABASE_URL: database.url };
  if (typed === undefined) {
    const lines: string[] = [];
    const said = (problem: string, code: number) => ({ out: lines.join(""), problem, code });
    const run = runKeys(readConfig(env), words, (line) => lines.push(`${line}\n`));
    return run.then(
      () => said("", 0),
      (error: Error) => said(error.message, 1),
    );
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "keys", ...words], { env });
  child.stdin.end(typed);
  const [out, problem] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { out, problem, code: child.exitCode };
}

const masterIn = async (data: string) => (await readFile(join(folder, data, "keys", "master"), "utf8")).trim();

test("a master key is replaced, printed once, and comes back from paper on another machine", async () => {
  const first = await keys("one", ["show"]);
  assert.match(first.out, /^[0-9a-f]{16} {2}sealing .*\*$/m);
  const before = await masterIn("one");
  const rotated = await keys("one", ["rotate-master"]);
  assert.match(rotated.out, /master keys: [0-9a-f]{8} and [0-9a-f]{8}/);
  assert.notEqual(await masterIn("one"), before);
  assert.match((await keys("one", ["finish-master"])).out, /master key: [0-9a-f]{8}$/m);

  const printed = await keys("one", ["sheet"]);
  assert.equal(printed.code, 0);
  assert.ok(!printed.out.includes(await masterIn("one")));
  const again = await keys("one", ["sheet"]);
  assert.deepEqual([again.code, again.out], [1, ""]);
  assert.match(again.problem, /printed already/);

  const wrong = await keys("two", ["show"]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.problem, /the master key does not match this database: it was locked with [0-9a-f]{8}/);
  const refused = await keys("two", ["restore"], printed.out);
  assert.match(refused.problem, /holds another master key; move it away first/);
  const slip = await keys("three", ["restore"], printed.out.replace(/^( {2}\w{4})./m, "$1?"));
  assert.match(slip.problem, /group 1 of 13 has a slip/);
  assert.equal((await keys("three", ["restore"], printed.out)).code, 0);
  assert.equal(await masterIn("three"), await masterIn("one"));
  assert.equal((await keys("three", ["show"])).code, 0);
  const events = await database.db.selectFrom("events").select("name").where("name", "like", "keyring.%").execute();
  assert.equal(events.length, 3, "begun, done, finished");
});

test("without an action it says which there are", async () => {
  for (const words of [[], ["nonsense"], ["toString"]]) {
    const { code, problem } = await keys("one", words);
    assert.equal(code, 1);
    assert.match(problem, /rotate-master/);
  }
});
