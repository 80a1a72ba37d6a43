import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { audit } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { headSweep, readHeads, record, sealEvents, verifyEvents } from "./index.ts";

let control: TestControl;
let folder: string;

before(async () => {
  control = await testControl();
  folder = await mkdtemp(join(tmpdir(), "berth-heads-"));
});
after(async () => {
  await control.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => tamper("truncate events, unsealed_events, event_seals, event_heads, event_keys cascade"));

async function tamper(...statements: string[]): Promise<void> {
  const client = await control.database.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    for (const statement of statements) await client.query(statement);
  } finally {
    client.release(true);
  }
}

async function appendSealed(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await record(control.ctx, { name: "tests.happened", data: { index } });
  await sealEvents(control.ctx);
}

/** What the sweep wrote after `counts` batches of events. */
async function exported(name: string, ...counts: number[]): Promise<string> {
  const file = join(folder, name);
  const sweep = headSweep(file);
  for (const count of counts) {
    await appendSealed(count);
    await sweep.run(control.ctx);
    await sweep.run(control.ctx);
  }
  return file;
}

const problemWith = async (file: string) => (await verifyEvents(control.ctx, await readHeads(file))).problem ?? "none";

describe("a head that is kept elsewhere", () => {
  test("is the newest one, signed, for staff only", async () => {
    assert.deepEqual(await (await control.as("admin"))(audit.getHead, {}), { head: null });
    await appendSealed(3);
    const { head } = await (await control.as("admin"))(audit.getHead, {});
    assert.equal(head?.position, "3");
    assert.equal(await refusalOf((await control.as("customer"))(audit.getHead, {})), "403 accounts.not_permitted");
    const file = join(folder, "reply");
    await writeFile(file, JSON.stringify({ head }));
    assert.equal(await problemWith(file), "none");
  });

  test("is appended to a file once for each new one, also by a sweep that starts anew", async () => {
    const file = await exported("lines", 2, 3);
    await headSweep(file).run(control.ctx);
    const positions = (await readHeads(file)).map(({ position }) => position);
    assert.deepEqual(positions, [2n, 5n]);
    assert.equal(await problemWith(file), "none");
  });

  test("shows that the end was cut off, although the heads were cut off as well", async () => {
    const file = await exported("cut", 2, 3);
    await tamper(
      "delete from event_heads where position > 2",
      "create temporary table cut as select event_id from event_seals where position > 2",
      "delete from event_seals where position > 2",
      "delete from events where id in (select event_id from cut)",
    );
    assert.equal((await verifyEvents(control.ctx)).problem, undefined, "without it nothing is missed");
    assert.equal(
      await problemWith(file),
      "the chain was cut off: it ends at position 2, a head that was kept elsewhere is at 5",
    );
    await appendSealed(3);
    assert.equal(await problemWith(file), "head 5 was signed over another hash", "grown again, it is another chain");
  });

  test("shows that everything was thrown away and begun anew", async () => {
    const file = await exported("anew", 2);
    await tamper("truncate events, unsealed_events, event_seals, event_heads, event_keys cascade");
    assert.match(await problemWith(file), /^the chain was cut off: it ends at position 0/);
    await appendSealed(2);
    assert.equal((await verifyEvents(control.ctx)).problem, undefined);
    assert.equal(await problemWith(file), "head 2 was signed over another hash");
  });
});

describe("a file of heads", () => {
  test("counts only with our signature: a line that somebody made up is told apart", async () => {
    const file = await exported("forged", 2);
    const line = JSON.parse(await readFile(file, "utf8"));
    const cases = [
      [{ ...line, signature: "00".repeat(64) }, "head 2 has a wrong signature"],
      [{ ...line, publicKey: "11".repeat(32) }, "head 2 is signed with a foreign key"],
      [{ ...line, position: "1" }, "head 1 was signed over another hash"],
    ] as const;
    for (const [forged, problem] of cases) {
      await writeFile(file, JSON.stringify(forged));
      assert.equal(await problemWith(file), problem);
    }
  });

  test("may be followed by half a line, and nothing else that is no head", async () => {
    const file = await exported("half", 1, 1);
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole + whole.slice(0, 40));
    assert.equal((await readHeads(file)).length, 2);
    await appendSealed(1);
    await headSweep(file).run(control.ctx);
    assert.equal((await readHeads(file)).length, 3, "what comes next has a line of its own");
    await writeFile(file, `{"other":1}\n${whole}`);
    await assert.rejects(readHeads(file), /line 1 of .* is not a signed head/);
    await writeFile(file, "nonsense");
    await assert.rejects(readHeads(file), /there is no signed head in/);
  });
});
