import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { dayMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { createKeys } from "../platform/keys.ts";
import {
  archiveSweep,
  eraseAccountKey,
  openArchive,
  personalOpener,
  record,
  sealEvents,
  verifyArchive,
} from "./index.ts";

let control: TestControl;
let folder: string;
let keptDays = 3_650;

before(async () => {
  control = await testControl();
});
after(() => control.close());
afterEach(async () => {
  keptDays = 3_650;
  await tamper("truncate events, unsealed_events, event_seals, event_heads, event_keys, event_archives cascade");
  await rm(folder, { recursive: true, force: true });
});

async function tamper(statement: string, values: unknown[] = []): Promise<void> {
  const client = await control.database.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    await client.query(statement, values);
  } finally {
    client.release(true);
  }
}

const sweepOf = (into = folder) => archiveSweep({ folder: into, keptDays: async () => keptDays });
const files = async () => (await readdir(folder)).sort();
const today = () => control.ctx.now().toISOString().slice(0, 10);

async function eventsNamed(name: string) {
  return control.ctx.db.selectFrom("events").selectAll().where("name", "=", name).orderBy("id").execute();
}

async function happen(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await record(control.ctx, {
      name: "tests.happened",
      accountId: "account_of_archive",
      data: { index, text: 'planted ö\n"', list: ["b", "a"] },
      personal: { email: "planted@example.com" },
    });
  }
  await sealEvents(control.ctx);
}

/** Days with events, the last of which is over; the folder is fresh. Returns the paths of the files. */
async function archived(...counts: number[]): Promise<string[]> {
  folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  for (const count of counts) {
    await happen(count);
    control.advance(dayMs);
  }
  await sweepOf().run(control.ctx);
  await sealEvents(control.ctx);
  return (await files()).map((name) => join(folder, name));
}

async function linesOf(path: string): Promise<string[]> {
  return Array.fromAsync(openArchive(control.ctx, path));
}

const problemOf = async (path: string) => (await verifyArchive(control.ctx, path)).problem ?? "none";

test("the archive gets one file for each day that is over, also for those that were missed, and none for the day that goes on", async () => {
  const first = today();
  const paths = await archived(3, 2, 4);
  assert.equal(paths.length, 3);
  assert.ok(paths[0]?.endsWith(`events-${first}.berth`));
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(paths[0] as string)).mode & 0o777, 0o600);
  for (const [index, count] of [3, 2, 4].entries()) {
    const lines = await linesOf(paths[index] as string);
    assert.equal(lines.length, count + 1, "events and the signed head");
    assert.ok("head" in JSON.parse(lines.at(-1) as string));
    assert.equal(await problemOf(paths[index] as string), "none");
  }
  const [one] = (await linesOf(paths[1] as string)).map((line) => JSON.parse(line));
  assert.deepEqual([one.position, one.event.data.text], ["4", 'planted ö\n"']);
  await sweepOf().run(control.ctx);
  assert.equal((await eventsNamed("audit.archive_written")).length, 3, "written once");
  assert.equal((await eventsNamed("audit.archive_opened")).length, 4);
});

test("the archive skips days without events, and its files join over them", async () => {
  const paths = await archived(1, 0, 0, 2);
  assert.equal(paths.length, 2);
  for (const path of paths) assert.equal(await problemOf(path), "none");
});

test("the archive tells nothing to who has only its files", async () => {
  const [path] = await archived(50);
  const bytes = await readFile(path as string);
  for (const planted of ["planted", "tests.happened", "account_of_archive"]) {
    assert.equal(bytes.includes(planted), false, planted);
  }
  // Compressed text hides words as well: what begins as zstd does can be read by anybody.
  assert.equal(bytes.includes(Buffer.from("28b52ffd", "hex")), false);
});

test("the archive is written by one of many replicas", async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  await happen(20);
  control.advance(dayMs);
  await Promise.all(Array.from({ length: 5 }, () => sweepOf().run(control.ctx)));
  assert.equal((await files()).length, 1);
  assert.equal((await eventsNamed("audit.archive_written")).length, 1);
  assert.deepEqual(await eventsNamed("audit.archive_failed"), [], "the others waited");
});

test("the archive holds no half file: what was being written when control was killed goes, and the day is written anew", async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  await happen(2);
  const name = `events-${today()}.berth`;
  control.advance(dayMs);
  await writeFile(join(folder, `${name}.0123456789ab`), "half");
  await writeFile(join(folder, "note"), "somebody else's");
  await sweepOf().run(control.ctx);
  assert.deepEqual(await files(), [name, "note"]);
  // Killed between the file's name and the row's commit.
  await tamper("delete from event_archives");
  await sweepOf().run(control.ctx);
  assert.deepEqual(await files(), [name, "note"]);
  assert.equal(await problemOf(join(folder, name)), "none");
});

test("the archive sets a file aside that tells of events which the database lost", async () => {
  const [path] = await archived(3);
  const day = (path as string).slice(-16, -6);
  await tamper("delete from event_archives");
  await tamper("delete from event_seals where position = 3");
  await sweepOf().run(control.ctx);
  const names = await files();
  assert.equal(names.filter((name) => name.startsWith(`events-${day}.berth.aside-`)).length, 1, String(names));
  assert.ok(names.includes(`events-${day}.berth`));
});

test("the archive removes files that were kept for as long as is set, and says so", async () => {
  const paths = await archived(1, 1, 1);
  keptDays = 30;
  control.advance(29 * dayMs);
  await sweepOf().run(control.ctx);
  const left = await files();
  assert.ok(!left.some((name) => paths[0]?.endsWith(name) || paths[1]?.endsWith(name)), String(left));
  assert.ok(left.some((name) => paths[2]?.endsWith(name)));
  const removed = await eventsNamed("audit.archive_removed");
  assert.deepEqual(
    removed.map(({ data }) => (data as { day: string }).day),
    paths.slice(0, 2).map((path) => path.slice(-16, -6)),
  );
  assert.equal(await problemOf(paths[2] as string), "none", "what was removed in time is not missed");
  await sweepOf().run(control.ctx);
  assert.equal((await eventsNamed("audit.archive_removed")).length, 2);
});

test("the archive says once why it can't be written, until it can", async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  await happen(1);
  control.advance(dayMs);
  await writeFile(join(folder, "file"), "");
  for (let turn = 0; turn < 3; turn++) await sweepOf(join(folder, "file")).run(control.ctx);
  const told = await eventsNamed("audit.archive_failed");
  assert.deepEqual(
    told.map(({ data }) => data),
    [{ kind: "EEXIST" }],
  );
  await sweepOf().run(control.ctx);
  control.advance(dayMs);
  await sealEvents(control.ctx);
  await sweepOf(join(folder, "file")).run(control.ctx);
  assert.equal((await eventsNamed("audit.archive_failed")).length, 2);
});

test("the archive keeps persons erased: what it says of them opens with their key alone", async () => {
  const [path] = await archived(1);
  const [line] = await linesOf(path as string);
  const { event } = JSON.parse(line as string);
  assert.ok(!line?.includes("planted@example.com"));
  const fields = async () => (await personalOpener(control.ctx, [event]))(event.id, event.personal)[0]?.fields;
  assert.deepEqual(await fields(), { email: "planted@example.com" });
  await eraseAccountKey(control.ctx, "account_of_archive");
  assert.equal(await fields(), null);
  await tamper("delete from event_personal_keys");
});

test("a file of the archive is refused with any byte changed, moved, added or cut off", async () => {
  const [path] = (await archived(40)) as [string];
  const whole = await readFile(path);
  const flipped = (at: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  };
  const headerEnd = 12 + whole.readUInt32BE(8);
  const dayAt = whole.indexOf('"first":"1"') + 9;
  const cases: Record<string, Buffer> = {
    magic: flipped(0),
    "header's length": flipped(11),
    "header's text": flipped(dayAt),
    "header's salt": Buffer.from(
      whole.toString("latin1").replace(/"salt":"./, (s) => `${s.slice(0, -1)}${s.endsWith("0") ? 1 : 0}`),
      "latin1",
    ),
    chunk: flipped(headerEnd + 3),
    tag: flipped(whole.length - 1),
    "cut by a byte": whole.subarray(0, -1),
    "cut to its header": whole.subarray(0, headerEnd),
    "cut in its header": whole.subarray(0, 40),
    empty: Buffer.alloc(0),
    "one byte more": Buffer.concat([whole, Buffer.of(0)]),
    "its chunk twice": Buffer.concat([whole, whole.subarray(headerEnd)]),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    await writeFile(path, bytes);
    await assert.rejects(verifyArchive(control.ctx, path), { code: "audit.archive_damaged" }, what);
    await assert.rejects(linesOf(path), { code: "audit.archive_damaged" }, what);
  }
  await writeFile(path, whole);
  assert.equal(await problemOf(path), "none");
});

test("a file of the archive says that it is another installation's when the key is another", async () => {
  const [path] = await archived(1);
  const other = { ...control.ctx, keys: createKeys(Buffer.alloc(32, 8)) };
  await assert.rejects(verifyArchive(other, path as string), { code: "audit.archive_other_key" });
});

test("a file of the archive shows an event that was edited in the database before it was archived", async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  await happen(5);
  const [, , third] = await eventsNamed("tests.happened");
  await tamper("update events set name = 'tests.other' where id = $1", [third?.id]);
  control.advance(dayMs);
  await sweepOf().run(control.ctx);
  const [name] = await files();
  assert.equal(
    await problemOf(join(folder, name as string)),
    `event ${third?.id} at position 3 does not match its seal`,
  );
});

test("a file of the archive is held against a head that was kept elsewhere, and needs one of its own", async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  await happen(2);
  const head = await control.ctx.db.selectFrom("event_heads").selectAll().executeTakeFirstOrThrow();
  await tamper("delete from event_heads");
  control.advance(dayMs);
  await sweepOf().run(control.ctx);
  const path = join(folder, (await files())[0] as string);
  assert.equal(await problemOf(path), "it has no signed head");
  const forged = { ...head, hash: Buffer.alloc(32) };
  const found = await verifyArchive(control.ctx, path, [forged]);
  assert.equal(found.problem, "head 2 was signed over another hash");
});

test("a file of the archive misses the file beside it, and notices one in another's place", async () => {
  const paths = (await archived(2, 2, 2)) as [string, string, string];
  const second = await readFile(paths[1]);
  await rm(paths[1]);
  assert.match(await problemOf(paths[0]), /^the file of .* beside it is missing$/);
  assert.match(await problemOf(paths[2]), /^the file of .* beside it is missing$/);
  await writeFile(paths[1], await readFile(paths[0]));
  assert.match(await problemOf(paths[1]), /^it is the file of .*, under another name$/);
  assert.match(await problemOf(paths[2]), /^it does not join the file of /);
  await writeFile(paths[1], second);
  for (const path of paths) assert.equal(await problemOf(path), "none");
});
