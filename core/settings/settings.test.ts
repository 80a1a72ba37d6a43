import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { transaction } from "../platform/context.ts";
import { createKeys } from "../platform/keys.ts";
import { checkMasterKey, ensureSecret, findSecret, forgetSecret, takeSecret } from "./index.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

const bytes = (text: string) => Buffer.from(text);

test("a secret is made once, whoever is first, and is not readable in its row", async () => {
  let made = 0;
  const ask = () => ensureSecret(control.ctx, "tests.once", () => bytes(`secret number ${++made}`));
  const secrets = new Set((await Promise.all(Array.from({ length: 12 }, ask))).map(String));
  assert.equal(secrets.size, 1);
  assert.ok(secrets.has(String(await findSecret(control.ctx, "tests.once"))));
  const row = await control.ctx.db
    .selectFrom("settings")
    .selectAll()
    .where("name", "=", "tests.once")
    .executeTakeFirstOrThrow();
  assert.ok(!row.sealed?.includes("secret number"));
  await forgetSecret(control.ctx, "tests.once");
  assert.equal(await findSecret(control.ctx, "tests.once"), undefined);
});

test("a secret that is taken goes to one of many, and back when the taker fails", async () => {
  await ensureSecret(control.ctx, "tests.take", () => bytes("once"));
  const failed = transaction(control.ctx, async (ctx) => {
    assert.equal(String(await takeSecret(ctx, "tests.take")), "once");
    throw new Error("failed");
  });
  await assert.rejects(failed, /failed/);
  const taken = await Promise.all(Array.from({ length: 12 }, () => takeSecret(control.ctx, "tests.take")));
  assert.deepEqual(taken.filter((secret) => secret !== undefined).map(String), ["once"]);
});

test("a start with another master key than the database was made with is refused", async () => {
  await checkMasterKey(control.ctx);
  await checkMasterKey(control.ctx);
  const other = { ...control.ctx, keys: createKeys(Buffer.alloc(32, 8)) };
  await assert.rejects(checkMasterKey(other), /master key does not match this database/);
});
