import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts as api, leases, type Role, staff } from "@berth/api";
import { newId } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { lastCode, mailsTo } from "../../tests/support/mails.ts";
import { refusalOf } from "../../tests/support/refusal.ts";

let control: TestControl;
let count = 0;

before(async () => {
  control = await testControl();
});
after(() => control.close());

type AccountId = `account_${string}`;

/** Somebody with this role, and their id as the contract has it. */
async function person(role: Role): Promise<{ call: Person; accountId: AccountId }> {
  const call = await control.as(role);
  return { call, accountId: call.accountId as AccountId };
}

const somebody = () => {
  count++;
  return { username: `Made${count}`, email: `made${count}@example.com` };
};

async function eventsOf(accountId: string) {
  const events = control.database.db.selectFrom("events").selectAll().where("account_id", "=", accountId);
  return events.orderBy("id").execute();
}

describe("an account that staff made", () => {
  test("belongs to whoever proves its address, with a password of their own", async () => {
    const { call, accountId: adminId } = await person("admin");
    const made = somebody();
    const account = await call(staff.createAccount, made);
    assert.deepEqual([account.role, account.state, account.username], ["customer", "active", made.username]);
    assert.deepEqual(
      (await mailsTo(control, made.email)).map(({ kind }) => kind),
      ["accounts.invitation"],
    );

    await control.anonymous(api.requestReset, { email: made.email });
    const code = await lastCode(control, made.email, "accounts.reset");
    await control.anonymous(api.resetPassword, { email: made.email, code, password: "their very own words" });
    const row = await control.database.db
      .selectFrom("accounts")
      .select("email_verified")
      .where("id", "=", account.id)
      .executeTakeFirstOrThrow();
    assert.equal(row.email_verified, true);
    const [created] = await eventsOf(account.id);
    assert.deepEqual([created?.name, created?.actor], ["accounts.created", adminId]);
  });

  test("takes no address or name that somebody has, and any that nobody confirmed", async () => {
    const { call } = await person("admin");
    const first = somebody();
    await call(staff.createAccount, first);
    const sameAddress = call(staff.createAccount, { ...somebody(), email: first.email });
    assert.equal(await refusalOf(sameAddress), "409 accounts.email_taken");
    const sameName = call(staff.createAccount, { ...somebody(), username: first.username.toUpperCase() });
    assert.equal(await refusalOf(sameName), "409 accounts.username_taken");
    const unconfirmed = somebody();
    await control.anonymous(api.signUp, { ...unconfirmed, password: "a long enough password" });
    assert.equal((await call(staff.createAccount, unconfirmed)).state, "active");
  });
});

describe("an account that staff edit", () => {
  test("is made and renamed with many others, each by itself", async () => {
    const { call } = await person("admin");
    const [first, second] = [somebody(), somebody()];
    const made = await call(staff.createAccounts, { items: [first, { ...second, email: first.email }, second] });
    assert.deepEqual(
      made.items.map((item) => (item.ok ? item.reply.username : item.problem.code)),
      [first.username, "accounts.email_taken", second.username],
    );
    const ids = made.items.flatMap((item) => (item.ok ? item.reply.id : []));
    const name = somebody().username;
    const named = await call(staff.editAccounts, { items: ids.map((accountId) => ({ accountId, username: name })) });
    assert.deepEqual(
      named.items.map((item) => (item.ok ? item.reply.username : item.problem.code)),
      [name, "accounts.username_taken"],
    );
  });

  test("is renamed by staff", async () => {
    const { call } = await person("admin");
    const { id } = await call(staff.createAccount, somebody());
    const renamed = somebody().username;
    assert.equal((await call(staff.editAccount, { accountId: id, username: renamed })).username, renamed);
    assert.equal((await call(staff.getAccount, { accountId: id })).username, renamed);
    assert.equal((await eventsOf(id)).at(-1)?.name, "accounts.edited");
  });
});

describe("suspending", () => {
  test("is in force on the very next request; resuming asks for a new session", async () => {
    const admin = await person("admin");
    const customer = await person("customer");
    assert.equal((await customer.call(api.getMe, {})).state, "active");
    const { accountId } = customer;
    const suspended = await admin.call(staff.suspendAccount, { accountId, reason: "unpaid" });
    assert.deepEqual([suspended.state, suspended.suspendedFor], ["suspended", "unpaid"]);
    assert.equal(await refusalOf(customer.call(api.getMe, {})), "401 accounts.session_ended");

    const again = admin.call(staff.suspendAccount, { accountId, reason: "twice" });
    assert.equal(await refusalOf(again), "409 accounts.wrong_state");
    const resumed = await admin.call(staff.resumeAccount, { accountId });
    assert.deepEqual([resumed.state, resumed.suspendedFor], ["active", null]);
    assert.equal(await refusalOf(customer.call(api.getMe, {})), "401 accounts.session_ended");
    assert.equal(await refusalOf(admin.call(staff.resumeAccount, { accountId })), "409 accounts.wrong_state");
    const names = (await eventsOf(accountId)).map(({ name }) => name);
    assert.deepEqual(names, ["accounts.suspended", "accounts.resumed"]);
    assert.deepEqual((await eventsOf(accountId))[0]?.data, { reason: "unpaid", sessions: 1 });
  });

  test("is for nobody who may do more, nor for oneself", async () => {
    const [admin, owner] = [await person("admin"), await person("super_admin")];
    const up = admin.call(staff.suspendAccount, { accountId: owner.accountId, reason: "coup" });
    assert.equal(await refusalOf(up), "403 accounts.above_you");
    const rename = admin.call(staff.editAccount, { accountId: owner.accountId, username: "Usurper" });
    assert.equal(await refusalOf(rename), "403 accounts.above_you");
    const self = admin.call(staff.suspendAccount, { accountId: admin.accountId, reason: "tired" });
    assert.equal(await refusalOf(self), "409 accounts.not_yourself");
  });

  test("of many gives each its result, and one that is refused holds up no other", async () => {
    const admin = await person("admin");
    const [one, two, owner] = [await person("customer"), await person("customer"), await person("super_admin")];
    const missing = newId("account");
    const ids = [one.accountId, owner.accountId, missing, two.accountId, one.accountId];
    const { items } = await admin.call(staff.suspendAccounts, {
      items: ids.map((accountId) => ({ accountId, reason: "audit" })),
    });
    assert.deepEqual(
      items.map((item) => (item.ok ? item.reply.state : item.problem.code)),
      ["suspended", "accounts.above_you", "accounts.not_found", "suspended", "accounts.wrong_state"],
    );
    assert.equal(await refusalOf(two.call(api.getMe, {})), "401 accounts.session_ended");
    assert.equal((await owner.call(api.getMe, {})).state, "active");
    const resumed = await admin.call(staff.resumeAccounts, {
      items: [{ accountId: missing }, { accountId: one.accountId }],
    });
    assert.deepEqual(
      resumed.items.map(({ ok }) => ok),
      [false, true],
    );
  });
});

describe("a role", () => {
  test("is in force on the very next request of a session that is open", async () => {
    const owner = await person("super_admin");
    const { call, accountId } = await person("customer");
    assert.equal(await refusalOf(call(api.listAccounts, {})), "403 accounts.not_permitted");
    await owner.call(staff.assignRole, { accountId, role: "admin" });
    await call(api.listAccounts, {});
    assert.ok((await call(api.getPermissions, {})).items.includes("accounts.write"));
    await owner.call(staff.assignRole, { accountId, role: "customer" });
    assert.equal(await refusalOf(call(api.listAccounts, {})), "403 accounts.not_permitted");
    await call(leases.listLeases, {});
    const last = (await eventsOf(accountId)).at(-1);
    assert.deepEqual([last?.name, last?.data], ["accounts.role_changed", { from: "admin", to: "customer" }]);
  });

  test("is given by the super admin only", async () => {
    const admin = await person("admin");
    const { accountId } = await person("customer");
    const given = admin.call(staff.assignRole, { accountId, role: "distributor" });
    assert.equal(await refusalOf(given), "403 accounts.not_permitted");
  });

  test("of many gives each its result", async () => {
    const owner = await person("super_admin");
    const [one, missing] = [await person("customer"), newId("account")];
    const items = [missing, one.accountId].map((accountId) => ({ accountId, role: "distributor" as const }));
    const given = await owner.call(staff.assignRoles, { items });
    assert.deepEqual(
      given.items.map(({ ok }) => ok),
      [false, true],
    );
    assert.equal((await one.call(api.getMe, {})).role, "distributor");
  });
});

describe("the last active super admin", () => {
  async function onlySuperAdmins(n: number) {
    const demoted = { role: "customer", updated_at: control.ctx.now() } as const;
    await control.database.db.updateTable("accounts").set(demoted).where("role", "=", "super_admin").execute();
    return Promise.all(Array.from({ length: n }, () => person("super_admin")));
  }

  async function activeSuperAdmins(): Promise<number> {
    const rows = control.database.db.selectFrom("accounts").select("id").where("role", "=", "super_admin");
    return (await rows.where("state", "=", "active").execute()).length;
  }

  test("can't be demoted", async () => {
    const [owner] = await onlySuperAdmins(1);
    assert.ok(owner);
    const demoted = owner.call(staff.assignRole, { accountId: owner.accountId, role: "admin" });
    assert.equal(await refusalOf(demoted), "409 accounts.last_super_admin");
    assert.equal(await activeSuperAdmins(), 1);
  });

  test("is left, however many suspend and demote one another at the same time", async () => {
    for (let round = 0; round < 4; round++) {
      const owners = await onlySuperAdmins(4);
      const calls = owners.flatMap(({ call }, n) => {
        const { accountId } = owners[(n + 1) % owners.length] as (typeof owners)[number];
        return [
          call(staff.suspendAccount, { accountId, reason: "race" }),
          call(staff.assignRole, { accountId: owners[n]?.accountId as AccountId, role: "customer" }),
        ];
      });
      await Promise.allSettled(calls);
      assert.ok((await activeSuperAdmins()) >= 1);
    }
  });
});
