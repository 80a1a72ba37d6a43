import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, customRoles as api, keys, type Permission, permissions, staff } from "@berth/api";
import { newId } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { createRole } from "./make-role.ts";

let control: TestControl;
let root: Person;
let count = 0;

before(async () => {
  control = await testControl();
  root = await control.as("super_admin");
});
after(() => control.close());

type AccountId = `account_${string}`;
const named = (held: Permission[]) => ({ name: `Role ${++count}`, base: "admin" as const, permissions: held });

/** Somebody with a role of their own. */
async function holder(held: Permission[]) {
  const call = await control.as("customer");
  const accountId = call.accountId as AccountId;
  const { id } = await root(api.createRole, named(held));
  const account = await root(staff.assignRole, { accountId, role: id as `role_${string}` });
  return { call, accountId, roleId: id as `role_${string}`, account };
}

describe("a role that somebody made", () => {
  test("gives exactly what it holds, in place of the fixed role", async () => {
    const { call, account, roleId } = await holder(["self", "accounts.read"]);
    assert.deepEqual([account.role, account.customRole?.id], ["admin", roleId]);
    await call(accounts.listAccounts, {});
    assert.deepEqual((await call(accounts.getPermissions, {})).items, ["self", "accounts.read"]);
    const beyond = call(staff.createAccount, { username: "Beyond", email: "beyond@example.com" });
    assert.equal(await refusalOf(beyond), "403 accounts.not_permitted");
    const { items } = await root(api.listRoles, {});
    assert.deepEqual(
      items.slice(0, 4).map(({ id, fixed }) => [id, fixed]),
      ["super_admin", "admin", "distributor", "customer"].map((role) => [role, true]),
    );
    assert.equal(items.find(({ id }) => id === roleId)?.accounts, 1);
  });

  test("changes for every open session and key at their next call", async () => {
    const { call, roleId } = await holder(["self", "accounts.read"]);
    const { secret } = await call(keys.createKey, { name: "Script", scopes: ["accounts.read"], days: 1 });
    const program = control.withToken(secret);
    await Promise.all([call(accounts.listAccounts, {}), program(accounts.listAccounts, {})]);
    await root(api.changeRole, { roleId, name: `Narrower ${++count}`, permissions: ["self"] });
    assert.equal(await refusalOf(call(accounts.listAccounts, {})), "403 accounts.not_permitted");
    assert.equal(await refusalOf(program(accounts.listAccounts, {})), "403 accounts.not_permitted");
  });

  test("holds nothing that its maker lacks, when it is made, changed, given or taken away", async () => {
    const makers = await holder(["self", "roles.read", "roles.write", "accounts.read", "accounts.roles"]);
    const reach = makers.call(api.createRole, named(["self", "nodes.write"]));
    assert.equal(await refusalOf(reach), "403 access.not_yours_to_give");
    const own = await makers.call(api.createRole, named(["self"]));
    const roleId = own.id as `role_${string}`;
    const widened = makers.call(api.changeRole, { roleId, name: own.name, permissions: ["self", "nodes.write"] });
    assert.equal(await refusalOf(widened), "403 access.not_yours_to_give");
    const up = makers.call(staff.assignRole, { accountId: makers.accountId, role: "super_admin" });
    assert.equal(await refusalOf(up), "403 access.not_yours_to_give");

    const above = await root(api.createRole, named(["self", "nodes.write"]));
    const aboveId = above.id as `role_${string}`;
    const narrowed = makers.call(api.changeRole, { roleId: aboveId, name: above.name, permissions: ["self"] });
    assert.equal(await refusalOf(narrowed), "403 access.not_yours_to_give");
    const deleted = makers.call(api.deleteRole, { roleId: aboveId });
    assert.equal(await refusalOf(deleted), "403 access.not_yours_to_give");
    const demoted = makers.call(staff.assignRole, { accountId: root.accountId as AccountId, role: roleId });
    assert.equal(await refusalOf(demoted), "403 accounts.above_you");
  });

  test("goes no further than the scopes of a key that would make it, and takes somebody behind it besides", async () => {
    const { secret } = await root(keys.createKey, { name: "Roles", scopes: ["roles.write"], days: 1 });
    const byKey = control.withToken(secret)(api.createRole, named(["roles.write"]));
    assert.equal(await refusalOf(byKey), "403 accounts.step_up");
    const actor = { accountId: root.accountId, role: "super_admin", via: "key", sessionId: "", address: "" } as const;
    const permissions = new Set<Permission>(["roles.write"]);
    const ctx = { ...control.ctx, actor: { kind: "account", permissions, ...actor } as const };
    await assert.rejects(createRole(ctx, named(["accounts.read"])), { code: "access.not_yours_to_give" });
  });
});

describe("a role that somebody made, in the list,", () => {
  test("is deleted when nobody has it", async () => {
    const { accountId, roleId } = await holder(["self"]);
    assert.equal(await refusalOf(root(api.deleteRole, { roleId })), "409 access.role_in_use");
    await root(staff.assignRole, { accountId, role: "customer" });
    assert.deepEqual(await root(api.deleteRole, { roleId }), { deleted: true });
    assert.equal(await refusalOf(root(api.deleteRole, { roleId })), "404 access.role_not_found");
    const gone = root(staff.assignRole, { accountId, role: roleId });
    assert.equal(await refusalOf(gone), "404 access.role_not_found");
    const events = control.database.db.selectFrom("events").select("name").where("name", "like", "access.role%");
    const names = new Set((await events.execute()).map(({ name }) => name));
    assert.deepEqual([...names].sort(), ["access.role_changed", "access.role_deleted", "access.role_made"]);
  });

  test("is given or deleted, never both, however close together", async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await root(api.createRole, named(["self"]));
      const roleId = id as `role_${string}`;
      const { accountId } = (await control.as("customer")) as { accountId: AccountId };
      const results = await Promise.allSettled([
        root(staff.assignRole, { accountId, role: roleId }),
        root(api.deleteRole, { roleId }),
      ]);
      assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
      const failed = results.find((result) => result.status === "rejected");
      assert.match(failed?.reason.problem.code, /^access\.role_(in_use|not_found)$/);
    }
  });

  test("has a name of its own, and none of a fixed role", async () => {
    const first = await root(api.createRole, named(["self"]));
    const again = root(api.createRole, { ...named(["self"]), name: first.name.toUpperCase() });
    assert.equal(await refusalOf(again), "409 access.role_name_taken");
    const fixed = root(api.createRole, { ...named(["self"]), name: "Super Admin" });
    assert.equal(await refusalOf(fixed), "409 access.role_name_taken");
  });

  test("is made of the closed list of permissions", async () => {
    const made = root(api.createRole, named(["everything" as Permission]));
    assert.equal(await refusalOf(made), "400 http.invalid");
    assert.equal(await refusalOf(root(api.deleteRole, { roleId: newId("role") })), "404 access.role_not_found");
    assert.equal(new Set(permissions).size, permissions.length);
  });
});
