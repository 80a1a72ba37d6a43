import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts as api, customRoles, derp, history, leases, orders, type Permission, staff } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { nodeKey } from "../../tests/support/devices.ts";
import { type Member, newMember } from "../../tests/support/members.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { batchOf, planOf } from "../../tests/support/sales.ts";
import { kindOf, patternOf } from "./history.ts";

type AccountId = `account_${string}`;

let control: TestControl;
let member: Member;
let accountId: AccountId;

/** Somebody who signed up, leases, fetched their configuration and was helped by staff. */
before(async () => {
  control = await testControl();
  for (let n = 0; n < 3; n++) await onlineNode(control.ctx);
  const root = await control.as("super_admin");
  const plan = await planOf(root);
  const { codes } = await batchOf(control, root, { planId: plan.id, count: 2 });
  member = await newMember(control);
  accountId = member.accountId as AccountId;
  const { lease } = await member.call(orders.redeemSerial, { code: codes[0] as string });
  await member.call(leases.addDevice, { leaseId: lease.id, key: nodeKey(), name: "Device" });
  const { url } = await member.call(derp.getConfiguration, { leaseId: lease.id });
  await control.sendFrom("198.51.100.7")(url, { headers: { "user-agent": "headscale/0.26" } });
  control.advance(1_000);
  await root(leases.suspendLease, { leaseId: lease.id, reason: "a reason" });
  await root(leases.resumeLease, { leaseId: lease.id });
  // What staff lease themselves is theirs, and what they do for others is not.
  await root(orders.redeemSerial, { code: codes[1] as string });
});
after(() => control.close());

const namesOf = ({ items }: { items: readonly { name: string }[] }) => items.map(({ name }) => name);

describe("an account's history", () => {
  test("tells what happened to it and its leases, whoever did it, and from where its owner came", async () => {
    const { items } = await member.call(history.listMyHistory, { limit: 100 });
    const names = namesOf({ items });
    for (const name of [
      "accounts.signed_up",
      "accounts.signed_in",
      "orders.redeemed",
      "leases.granted",
      "devices.registered",
    ])
      assert.ok(names.includes(name), name);
    const fetched = items.find(({ name }) => name === "derp.configuration_fetched");
    assert.deepEqual(
      [fetched?.kind, fetched?.by, fetched?.address, fetched?.agent, fetched?.data],
      ["configurations", "nobody", "198.51.100.7", "headscale/0.26", { version: 1, form: "derpmap" }],
    );
    const suspended = items.find(({ name }) => name === "leases.suspended");
    assert.deepEqual([suspended?.kind, suspended?.by, suspended?.address], ["leases", "staff", null]);
    assert.equal(items.filter(({ name }) => name === "orders.redeemed").length, 1);
    const times = items.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().reverse());
  });

  test("goes page by page and by kind, each event once", async () => {
    const all = (await member.call(history.listMyHistory, { limit: 100 })).items;
    const paged: typeof all = [];
    for (let next: string | null | undefined; next !== null; ) {
      const page = await member.call(history.listMyHistory, { limit: 3, ...(next ? { after: next } : {}) });
      paged.push(...page.items);
      next = page.next;
    }
    assert.deepEqual(paged, all);
    for (const kind of history.historyKinds) {
      const { items } = await member.call(history.listMyHistory, { limit: 100, kind });
      assert.deepEqual(
        items,
        all.filter((one) => one.kind === kind),
        kind,
      );
      assert.ok(items.length > 0 || kind === "account", kind);
    }
    const two = await member.call(history.listMyHistory, { limit: 100, kind: "orders,sign-ins" });
    assert.deepEqual(new Set(two.items.map(({ kind }) => kind)), new Set(["orders", "sign-ins"]));
  });

  test("is the same for staff, and no stranger sees it", async () => {
    const own = await member.call(history.listMyHistory, { limit: 100 });
    const admin = await control.as("admin");
    assert.deepEqual(await admin(history.listHistory, { accountId, limit: 100 }), own);
    const stranger = await control.as("customer");
    assert.equal(await refusalOf(stranger(history.listHistory, { accountId })), "403 accounts.not_permitted");
    assert.ok(!namesOf(await stranger(history.listMyHistory, {})).includes("orders.redeemed"));
  });
});

describe("whoever reads accounts and need not know who their owners are", () => {
  /** By a role that somebody made: `accounts.read` without `accounts.personal`. */
  async function reader() {
    const root = await control.as("super_admin");
    const permissions: Permission[] = ["self", "accounts.read"];
    const { id } = await root(customRoles.createRole, { name: "Reader", base: "admin", permissions });
    const person = await control.as("customer");
    await root(staff.assignRole, { accountId: person.accountId as AccountId, role: id as `role_${string}` });
    return person;
  }

  test("sees addresses masked, of mail and of places, in every list; their own is whole", async () => {
    const call = await reader();
    const seen = (await call(history.listHistory, { accountId, limit: 100 })).items;
    assert.ok(seen.some(({ address }) => address === "198.51.100.0/24"));
    assert.ok(!JSON.stringify(seen).includes("198.51.100.7"));
    const account = await call(staff.getAccount, { accountId });
    assert.match(account.email, /^m\*\*\*@example\.com$/);
    assert.equal((await call(api.listAccounts, { q: member.email })).items[0]?.email, account.email);
    assert.equal((await call(api.listSignIns, { accountId })).items[0]?.address, "127.0.0.0/24");
    assert.match((await call(api.getMe, {})).email, /^account_/);
    const headers = { authorization: `Bearer ${call.token}`, accept: "text/csv" };
    const csv = await (await control.send("http://test/api/v1/accounts", { headers })).text();
    assert.ok(csv.includes(account.email) && !csv.includes(member.email));
    assert.equal((await (await control.as("admin"))(staff.getAccount, { accountId })).email, member.email);
  });
});

describe("a kind of history", () => {
  for (const [name, kind] of [
    ["leases.granted", "leases"],
    ["devices.removed", "leases"],
    ["leases.configuration_renewed", "configurations"],
    ["derp.configuration_fetched", "configurations"],
    ["orders.redeemed", "orders"],
    ["accounts.signed_in_from_new_place", "sign-ins"],
    ["accounts.sign_in_failed", "sign-ins"],
    ["accounts.signed_up", "account"],
    ["accounts.sign_up_repeated", "account"],
    ["accounts.password_reset", "account"],
    ["access.key_made", "account"],
  ] as const) {
    test(`has ${name} in ${kind} and in no other, for JavaScript and PostgreSQL alike`, async () => {
      assert.equal(kindOf(name), kind);
      for (const one of history.historyKinds) {
        const { rows } = await control.database.pool.query("select $1::text ~ $2 as fits", [name, patternOf([one])]);
        assert.equal(rows[0].fits, one === kind, one);
      }
    });
  }

  for (const name of ["leases.instance_failed", "leases.port_changed", "fleet.node_joined", "guard.banned"]) {
    test(`has ${name} in none`, async () => {
      const { rows } = await control.database.pool.query("select $1::text ~ $2 as fits", [name, patternOf()]);
      assert.equal(rows[0].fits, false);
    });
  }
});
