import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, keys as api, leases, type Permission, staff } from "@berth/api";
import { dayMs, newId } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";
import { readKey, writeKey } from "./api-key.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

type AccountId = `account_${string}`;

/** An API key of somebody, and a client that calls with it. */
async function keyOf(role: "super_admin" | "admin" | "customer", scopes: Permission[], days = 30) {
  const owner = await control.as(role);
  const { key, secret } = await owner(api.createKey, { name: "Script", scopes, days });
  return { owner, key, secret, program: control.withToken(secret), accountId: owner.accountId as AccountId };
}

const refused = "401 access.key_refused";

describe("an API key", () => {
  test("acts for its owner with the scopes that it was given, and leaves its secret nowhere", async () => {
    const { owner, key, secret, program } = await keyOf("customer", ["leases.read"]);
    assert.match(secret, /^berth_[0-9a-z]{26}_[0-9a-z]{32}$/);
    await program(leases.listLeases, {});
    assert.equal(await refusalOf(program(accounts.getMe, {})), "403 accounts.not_permitted");
    assert.deepEqual((await program(leases.listLeases, {})).items, []);

    const rows = await control.database.db.selectFrom("api_keys").selectAll().where("id", "=", key.id).execute();
    const events = await control.database.db.selectFrom("events").selectAll().execute();
    const kept = JSON.stringify([rows, events], (_, value) => (typeof value === "bigint" ? `${value}` : value));
    assert.ok(!kept.includes(readKey(secret)?.secret as string));
    const made = events.filter(({ name }) => name === "access.key_made");
    assert.deepEqual(made[0]?.data, { keyId: key.id, scopes: ["leases.read"], days: 30 });
    assert.deepEqual(
      (await owner(api.listKeys, {})).items.map(({ id }) => id),
      [key.id],
    );
  });

  test("holds nothing that its owner lacks, from the beginning and at every later call", async () => {
    const customer = await control.as("customer");
    const reaching = customer(api.createKey, { name: "Reach", scopes: ["accounts.read"], days: 1 });
    assert.equal(await refusalOf(reaching), "403 access.not_yours_to_give");

    const root = await control.as("super_admin");
    const { program, accountId } = await keyOf("admin", ["accounts.read", "leases.read"]);
    await program(accounts.listAccounts, {});
    await root(staff.assignRole, { accountId, role: "customer" });
    assert.equal(await refusalOf(program(accounts.listAccounts, {})), "403 accounts.not_permitted");
    await program(leases.listLeases, {});
    await root(staff.assignRole, { accountId, role: "admin" });
    await program(accounts.listAccounts, {});
  });
});

describe("an API key, from its very next call on,", () => {
  test("is refused when it is revoked, has run out, or its owner is suspended", async () => {
    const { owner, key, program } = await keyOf("customer", ["leases.read"]);
    await program(leases.listLeases, {});
    const revoked = await owner(api.revokeKey, { keyId: key.id });
    assert.ok(revoked.revokedAt);
    assert.equal(await refusalOf(program(leases.listLeases, {})), refused);
    assert.equal((await owner(api.revokeKey, { keyId: key.id })).revokedAt, revoked.revokedAt);

    const root = await control.as("super_admin");
    const other = await keyOf("customer", ["leases.read"]);
    await root(staff.suspendAccount, { accountId: other.accountId, reason: "test" });
    assert.equal(await refusalOf(other.program(leases.listLeases, {})), refused);
    await root(staff.resumeAccount, { accountId: other.accountId });
    await other.program(leases.listLeases, {});

    const short = await keyOf("customer", ["leases.read"], 1);
    control.advance(dayMs - 1_000);
    await short.program(leases.listLeases, {});
    control.advance(1_000);
    assert.equal(await refusalOf(short.program(leases.listLeases, {})), refused);
  });

  test("of somebody else is as good as none", async () => {
    const { key } = await keyOf("customer", ["leases.read"]);
    const stranger = await control.as("admin");
    const foreign = await problemOf(stranger(api.revokeKey, { keyId: key.id }));
    const missing = newId("key");
    const none = await problemOf(stranger(api.revokeKey, { keyId: missing }));
    assert.deepEqual(
      [foreign.status, foreign.code, foreign.detail.replace(key.id, "")],
      [none.status, none.code, none.detail.replace(missing, "")],
    );
    assert.deepEqual((await stranger(api.listKeys, {})).items, []);
  });
});

describe("whoever calls with an API key", () => {
  const everything = ["self"] satisfies Permission[];

  test("reads its account and changes nothing of it: no keys, passwords, sessions or tokens", async () => {
    const { key, program } = await keyOf("super_admin", everything);
    await program(accounts.getMe, {});
    await program(accounts.listSessions, {});
    const attempts = [
      program(api.createKey, { name: "More", scopes: ["self"], days: 1 }),
      program(api.revokeKey, { keyId: key.id }),
      program(api.mintToken, {}),
      program(accounts.changePassword, { currentPassword: "x", password: "quite another password" }),
      program(accounts.requestEmailChange, { email: "elsewhere@example.com", password: "x" }),
      program(accounts.signOut, {}),
      program(accounts.revokeSession, { sessionId: newId("session") }),
    ];
    for (const { code, detail } of await Promise.all(attempts.map(problemOf))) {
      assert.equal(code, "access.needs_session");
      assert.match(detail, /an API key can't/);
    }
  });

  test("needs all of it: any other spelling, half or owner is refused alike", async () => {
    const { secret, key } = await keyOf("customer", ["leases.read"]);
    const other = await keyOf("customer", ["leases.read"]);
    const [own, others] = [readKey(secret), readKey(other.secret)];
    const forged = [
      secret.slice(0, -1),
      `${secret}0`,
      secret.toUpperCase(),
      writeKey(key.id, "0".repeat(32)),
      writeKey(key.id, others?.secret ?? ""),
      writeKey(newId("key"), own?.secret ?? ""),
      `berth_${key.id}_`,
      "berth_",
      "berth__",
      "berth_null_undefined",
    ];
    for (const text of forged) {
      const said = await refusalOf(control.withToken(text)(leases.listLeases, {}));
      assert.match(said, /^401 (access\.key_refused|accounts\.session_ended)$/, text);
    }
  });

  test("has its use noted once a minute", async () => {
    const { key, program } = await keyOf("customer", ["leases.read"]);
    const used = async () => {
      const row = control.database.db.selectFrom("api_keys").select("last_used_at").where("id", "=", key.id);
      return (await row.executeTakeFirstOrThrow()).last_used_at?.getTime();
    };
    assert.equal(await used(), undefined);
    await program(leases.listLeases, {});
    const first = await used();
    assert.ok(first);
    control.advance(30_000);
    await program(leases.listLeases, {});
    assert.equal(await used(), first);
    control.advance(31_000);
    await program(leases.listLeases, {});
    assert.ok(((await used()) ?? 0) > first);
  });
});
