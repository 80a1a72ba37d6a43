import assert from "node:assert/strict";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { minuteMs } from "@berth/kit";
import pino from "pino";
import { type TestDatabase, testDatabase } from "../../tests/support/database.ts";
import type { Context } from "./context.ts";
import { createKeys, derive } from "./keys.ts";
import { sealBytes } from "./keys-cipher.ts";
import { type Masters, mastersIn } from "./keys-master.ts";
import { fieldsOf, keepKeys, resealProgress, type SealedColumn } from "./keys-reseal.ts";
import { type Keyring, openKeyring } from "./keys-ring.ts";
import { describeKeys, dropKey, forgetMasters, openingMasters, rotateDataKeys, rotateMaster } from "./keys-rotate.ts";

const column: SealedColumn = { table: "settings", column: "sealed", key: "name" };
const field = "settings|sealed";
let database: TestDatabase;
let folder: string;
let masters: Masters;
let movedMs = 0;
const now = () => new Date(Date.now() + movedMs);

before(async () => {
  database = await testDatabase();
});
after(() => database.close());
beforeEach(async (t) => {
  movedMs = 0;
  folder = await mkdtemp(join(tmpdir(), "berth-ring-"));
  masters = mastersIn(folder);
  await database.pool.query("truncate data_keys, key_wraps, settings");
  if ("after" in t) t.after(() => rm(folder, { recursive: true, force: true }));
});

const open = (from: Masters = masters) => openKeyring(database.db, { masters: from, now, fields: fieldsOf([column]) });

function worldOf(keys: Keyring): Context {
  const actor = { kind: "system", task: "test" } as const;
  return { db: database.db, now, actor, log: pino({ level: "silent" }), offerings: new Map(), keys };
}

const placeOf = (name: string) => `${field}|${name}`;

async function store(ring: Keyring, name: string, secret: string, sealed = ring.seal(placeOf(name), secret)) {
  await database.db.insertInto("settings").values({ name, sealed, changed_at: now() }).execute();
}

async function read(ring: Keyring, name: string): Promise<string> {
  const row = await database.db.selectFrom("settings").select("sealed").where("name", "=", name).executeTakeFirst();
  return ring.open(placeOf(name), row?.sealed as Buffer).toString();
}

const stateOf = async (ctx: Context, id: string) => (await describeKeys(ctx)).find((key) => key.id === id)?.state;

test("a second replica opens what the first one sealed, and both hash alike", async () => {
  const [one, other] = await Promise.all([open(), open()]);
  assert.equal(other.open("a|b|c", one.seal("a|b|c", "secret")).toString(), "secret");
  assert.equal(other.open(placeOf("x"), one.seal(placeOf("x"), "secret")).toString(), "secret");
  assert.deepEqual(one.hash("serial", "x"), other.hash("serial", "x"));
  assert.notDeepEqual(one.mark(field), one.mark("a|b"), "a known field has a key of its own");
  assert.deepEqual(one.mark("c|d"), one.mark("a|b"), "the others share one");
});

test("what was sealed and hashed before there was a keyring still opens and is still found", async () => {
  const [master] = await masters.read();
  assert.ok(master);
  const sealed = Buffer.concat([Buffer.of(1), sealBytes(derive(master, "seal"), "a|b|c", "from before")]);
  const ring = await open();
  assert.equal(ring.open("a|b|c", sealed).toString(), "from before");
  assert.throws(() => ring.open("a|b|d", sealed));
  assert.deepEqual(ring.hash("serial", "x"), createKeys(master).hash("serial", "x"));
});

test("another master key refuses the start and says which one is needed", async () => {
  await open();
  const other = mastersIn(join(folder, "other"));
  await assert.rejects(
    open(other),
    /the master key does not match this database: it was locked with [0-9a-f]{8}, here is/,
  );
});

test("a wrapped key that was moved to another row, or to another purpose, opens nothing", async () => {
  await open();
  const [one, two] = await database.db.selectFrom("data_keys").selectAll().where("use", "=", "seal").execute();
  const wrapped = await database.db.selectFrom("key_wraps").selectAll().execute();
  const of = (id?: string) => wrapped.find(({ key_id }) => key_id === id)?.wrapped as Buffer;
  const put = (id: string | undefined, value: Buffer) =>
    database.db.updateTable("key_wraps").set({ wrapped: value }).where("key_id", "=", String(id)).execute();
  await put(one?.id, of(two?.id));
  await assert.rejects(open());
  await put(one?.id, of(one?.id));
  await open();
  await database.db.updateTable("data_keys").set({ field: "other" }).where("id", "=", String(one?.id)).execute();
  await assert.rejects(open());
});

test("a new key seals only after every replica had time to hear of it; the one before opens on", async () => {
  const [one, other] = [await open(), await open()];
  await store(one, "early", "sealed before");
  const before = one.mark(field);
  await rotateDataKeys(worldOf(one), masters, { fields: [field] });
  await one.reload();
  assert.deepEqual(one.mark(field), before, "not yet");
  await store(one, "between", "sealed meanwhile");
  assert.equal(await read(other, "between"), "sealed meanwhile", "a replica that did not hear opens it");
  await other.reload();
  movedMs += minuteMs;
  assert.notDeepEqual(one.mark(field), before);
  await store(one, "late", "sealed after");
  for (const name of ["early", "between", "late"]) assert.match(await read(other, name), /^sealed/);
});

test("the sweep seals everything anew, then retires the old key; a value from a backup still opens", async () => {
  const ring = await open();
  const ctx = worldOf(ring);
  for (let n = 0; n < 450; n++) await store(ring, `row${n}`, `secret ${n}`);
  const backup = await database.db
    .selectFrom("settings")
    .selectAll()
    .where("name", "=", "row7")
    .executeTakeFirstOrThrow();
  const before = ring.mark(field).subarray(1).toString("hex");
  await rotateDataKeys(ctx, masters, { afterMs: 0 });
  await ring.reload();
  assert.deepEqual(await resealProgress(ctx, column), { present: 0, all: 450 });

  await keepKeys(ctx, ring, [column]);
  assert.deepEqual(await resealProgress(ctx, column), { present: 450, all: 450 });
  assert.equal(await stateOf(ctx, before), "opening", "a slow transaction may still bring a value of the old key");
  movedMs += 10 * minuteMs;
  await keepKeys(ctx, ring, [column]);
  assert.equal(await stateOf(ctx, before), "retired");
  for (let n = 0; n < 450; n++) assert.equal(await read(ring, `row${n}`), `secret ${n}`);

  await database.db.updateTable("settings").set({ sealed: backup.sealed }).where("name", "=", "row7").execute();
  assert.equal(await read(ring, "row7"), "secret 7");
  await assert.rejects(dropKey(ctx, before), /settings\.sealed still holds values/);
  await keepKeys(ctx, ring, [column]);
  await dropKey(ctx, before);
  await ring.reload();
  assert.equal(await read(ring, "row7"), "secret 7");
  assert.throws(() => ring.open(placeOf("row7"), backup.sealed as Buffer), "a dropped key is gone, backups or not");
});

test("values from before keys had names are sealed anew as well, and one that is damaged holds up no other", async () => {
  const ring = await open();
  const ctx = worldOf(ring);
  const [master] = await masters.read();
  const old = sealBytes(derive(master as Buffer, "seal"), placeOf("b"), "from before");
  await store(ring, "a", "", Buffer.from("0100", "hex"));
  await store(ring, "b", "", Buffer.concat([Buffer.of(1), old]));
  await keepKeys(ctx, ring, [column]);
  assert.deepEqual(await resealProgress(ctx, column), { present: 1, all: 2 });
  assert.equal(await read(ring, "b"), "from before");
});

test("the key that fields share is retired when nothing in any table is sealed with it", async () => {
  const ring = await open();
  const ctx = worldOf(ring);
  const shared = ring.mark("other|field").subarray(1).toString("hex");
  await store(ring, "row", "", ring.seal("other|field|row", "secret"));
  await rotateDataKeys(ctx, masters, { afterMs: 0 });
  await ring.reload();
  movedMs += 10 * minuteMs;
  await keepKeys(ctx, ring, []);
  assert.equal(await stateOf(ctx, shared), "opening");
  await database.pool.query("delete from settings");
  await keepKeys(ctx, ring, []);
  assert.equal(await stateOf(ctx, shared), "retired");
});

test("a key is replaced by itself after 90 days, and never dropped before it is retired", async () => {
  const ring = await open();
  const ctx = worldOf(ring);
  const before = ring.mark(field);
  await assert.rejects(dropKey(ctx, before.subarray(1).toString("hex")), /not retired/);
  movedMs += 91 * 24 * 60 * minuteMs;
  await keepKeys(ctx, ring, [column]);
  await ring.reload();
  movedMs += minuteMs;
  assert.notDeepEqual(ring.mark(field), before);
});

test("a new master key opens what the old one locked, and after the change only the new one does", async () => {
  const ring = await open();
  const ctx = worldOf(ring);
  const [old] = await masters.read();
  await store(ring, "row", "secret");
  const hash = ring.hash("serial", "x");
  const backup = await database.db.selectFrom("key_wraps").selectAll().execute();

  const fingerprint = await rotateMaster(ctx, masters);
  assert.equal((await openingMasters(ctx)).length, 2);
  await ring.reload();
  assert.equal(ring.fingerprint, fingerprint, "the running replica took it over");
  const withOld = mastersIn("", { present: old?.toString("hex") });
  for (const either of [masters, withOld]) assert.equal(await read(await open(either), "row"), "secret");
  assert.equal((await rotateDataKeys(ctx, masters)).length, 2, "data keys can be replaced meanwhile");
  assert.equal(await read(await open(withOld), "row"), "secret");
  await assert.rejects(rotateMaster(ctx, masters), /finish the change/);

  await forgetMasters(ctx, masters);
  assert.deepEqual(await openingMasters(ctx), [fingerprint]);
  await assert.rejects(open(withOld), /does not match/);
  const after = await open();
  assert.equal(await read(after, "row"), "secret");
  assert.deepEqual(after.hash("serial", "x"), hash, "rows are found by the same hash");

  // A backup from before, brought back: what its keys were wrapped with still lies beside the present master key.
  await database.pool.query("delete from data_keys where id <> all($1)", [backup.map(({ key_id }) => key_id)]);
  await database.pool.query("delete from key_wraps");
  await database.db.insertInto("key_wraps").values(backup).execute();
  await assert.rejects(open(), /does not match/);
  const files = (await readdir(folder)).filter((name) => /^master\.[0-9a-f]{32}$/.test(name));
  await rename(join(folder, String(files[0])), join(folder, "master.before"));
  assert.equal(await read(await open(), "row"), "secret");
});

test("a change of the master key that was cut off anywhere is finished by doing it again", async () => {
  const ring = await open();
  const ctx = worldOf(ring);
  await store(ring, "row", "secret");
  const cut: Masters = { ...masters, promote: () => Promise.reject(new Error("power cut")) };
  await assert.rejects(rotateMaster(ctx, cut));
  assert.equal(await read(await open(), "row"), "secret");
  await rotateMaster(ctx, masters);
  await forgetMasters(ctx, masters);
  assert.equal((await openingMasters(ctx)).length, 1);
  assert.equal(await read(await open(), "row"), "secret");
});

test("a master key from the environment is replaced by the one beside it, and its replicas may be restarted any time", async () => {
  const [present, next] = ["ab".repeat(32), "cd".repeat(32)];
  const alone = mastersIn(folder, { present });
  const both = mastersIn(folder, { present, next });
  const ring = await open(alone);
  await store(ring, "row", "secret");
  await assert.rejects(rotateMaster(worldOf(ring), alone), /set BERTH_MASTER_KEY_NEXT/);
  await rotateMaster(worldOf(ring), both);
  for (const each of [alone, both, mastersIn(folder, { present: next })]) {
    assert.equal(await read(await open(each), "row"), "secret");
  }
  await assert.rejects(rotateDataKeys(worldOf(ring), alone), /not both of them are here/);
  await forgetMasters(worldOf(ring), both);
  await assert.rejects(open(alone), /does not match/);
  assert.equal(await read(await open(mastersIn(folder, { present: next })), "row"), "secret");
});
