import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createKeys } from "./keys.ts";
import { masterKey } from "./keys-master.ts";

const keys = createKeys(Buffer.alloc(32, 1));

test("what was sealed is opened again, of any length", () => {
  for (const secret of [Buffer.alloc(0), Buffer.from("secret"), Buffer.alloc(100_000, 5)]) {
    assert.deepEqual(keys.open("table|column|row", keys.seal("table|column|row", secret)), secret);
  }
  assert.equal(keys.open("t|c|r", keys.seal("t|c|r", "text")).toString(), "text");
});

test("the same secret never looks the same twice, nor like itself", () => {
  const [one, two] = [keys.seal("t|c|r", "a secret that is long"), keys.seal("t|c|r", "a secret that is long")];
  assert.notDeepEqual(one, two);
  assert.ok(!one.includes("a secret"));
});

test("a sealed value that was moved to another place, or is of another master key, does not open", () => {
  const sealed = keys.seal("leases|secrets|one", "secret");
  assert.throws(() => keys.open("leases|secrets|two", sealed));
  assert.throws(() => keys.open("", sealed));
  assert.throws(() => createKeys(Buffer.alloc(32, 2)).open("leases|secrets|one", sealed));
});

test("a sealed value with any bit flipped, cut short or made longer does not open", () => {
  const sealed = keys.seal("t|c|r", "secret");
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Buffer.from(sealed);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.throws(() => keys.open("t|c|r", flipped), `bit ${bit}`);
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => keys.open("t|c|r", sealed.subarray(0, length)), `${length} bytes`);
  }
  assert.throws(() => keys.open("t|c|r", Buffer.concat([sealed, Buffer.of(0)])));
});

test("a sealed value that names another key of the same installation does not open", () => {
  const sealed = keys.seal("t|c|r", "secret");
  const renamed = Buffer.from(sealed);
  renamed[8] = (renamed[8] as number) ^ 1;
  assert.throws(() => keys.open("t|c|r", renamed), /not sealed by a key of this installation/);
});

test("no nonce comes twice in 100,000 values", () => {
  const seen = new Set<string>();
  for (let n = 0; n < 100_000; n++) seen.add(keys.seal("t|c|r", "").toString("latin1", 9, 21));
  assert.equal(seen.size, 100_000);
});

test("a blind index finds a text whatever its case, spaces and composition, and only in its own field", () => {
  const index = keys.blindIndex("accounts|email", "Zo\u00eb@Example.com ");
  assert.deepEqual(keys.blindIndex("accounts|email", "zoe\u0308@example.com"), index);
  assert.notDeepEqual(keys.blindIndex("other|email", "zo\u00eb@example.com"), index);
  assert.notDeepEqual(keys.blindIndex("accounts|email", "zoe@example.com"), index);
});

test("a hash depends on its purpose and on the master key", () => {
  const hashes = [
    keys.hash("a", "x"),
    keys.hash("b", "x"),
    keys.hash("a", "y"),
    createKeys(Buffer.alloc(32, 2)).hash("a", "x"),
  ];
  assert.equal(new Set(hashes.map((hash) => hash.toString("hex"))).size, 4);
  assert.deepEqual(keys.hash("a", "x"), keys.hash("a", "x"));
  assert.throws(() => createKeys(Buffer.alloc(31)));
});

test("starts at the same time agree on one master key", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "berth-keys-"));
  t.after(() => rm(folder, { recursive: true }));
  const made = await Promise.all(Array.from({ length: 16 }, () => masterKey(folder, undefined)));
  assert.equal(new Set(made.map((key) => key.toString("hex"))).size, 1);
  assert.deepEqual(await readdir(folder), ["master"]);
});

test("the master key is made once, for its owner alone, unless it is given", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "berth-keys-"));
  t.after(() => rm(folder, { recursive: true }));
  const place = join(folder, "keys");
  const made = await masterKey(place, undefined);
  assert.equal(made.length, 32);
  assert.deepEqual(await masterKey(place, undefined), made);
  assert.equal((await stat(join(place, "master"))).mode & 0o777, 0o600);
  assert.equal((await stat(place)).mode & 0o777, 0o700);
  assert.equal((await readFile(join(place, "master"), "utf8")).trim(), made.toString("hex"));
  assert.deepEqual(await masterKey(place, "ab".repeat(32)), Buffer.alloc(32, 0xab));
  await assert.rejects(masterKey(place, "ab"), /64 hexadecimal/);
  await writeFile(join(place, "master"), "");
  await assert.rejects(masterKey(place, undefined), /64 hexadecimal/);
});
