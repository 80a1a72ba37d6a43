import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { audit } from "@berth/api";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import type { Context } from "../platform/context.ts";
import { eraseAccountKey, record, sealEvents, verifyEvents } from "./index.ts";
import { addressBlock } from "./origin.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

/** The context of somebody who signed in at an address. */
function acting(accountId: string, address = "203.0.113.7"): Context {
  const actor = {
    kind: "account",
    accountId,
    role: "customer",
    permissions: new Set<never>(),
    via: "session",
    sessionId: "session_x",
    address,
  } as const;
  return { ...control.ctx, actor };
}

async function personalOf(name: string, role: "super_admin" | "admin" = "super_admin") {
  const { items } = await (await control.as(role))(audit.listEvents, { name });
  return items.map(({ personal }) => personal);
}

describe("what events say about persons", () => {
  test("is shown to whoever may see it, and lies unreadable in the database", async () => {
    await record(acting("account_a"), { name: "tests.shown", personal: { email: "ada@example.com" } });
    assert.deepEqual(await personalOf("tests.shown"), [
      [{ of: "account_a", fields: { address: "203.0.113.7", email: "ada@example.com" } }],
    ]);
    assert.deepEqual(await personalOf("tests.shown", "admin"), [undefined]);
    const { rows } = await control.database.pool.query(
      "select e::text as text from events e where name = 'tests.shown'",
    );
    assert.match(rows[0].text, /sealed/);
    assert.doesNotMatch(rows[0].text, /203\.0\.113|ada|example/);
  });

  test("is split by whom it is about: the address is the actor's, the rest the account's", async () => {
    await record(acting("account_staff"), {
      name: "tests.split",
      accountId: "account_customer",
      personal: { email: "ada@example.com" },
    });
    await eraseAccountKey(control.ctx, "account_customer");
    assert.deepEqual(await personalOf("tests.split"), [
      [
        { of: "account_staff", fields: { address: "203.0.113.7" } },
        { of: "account_customer", fields: null },
      ],
    ]);
  });

  test("is gone for good once the account's key is erased, and the chain is still whole", async () => {
    await record(acting("account_gone"), { name: "tests.gone", personal: { email: "ada@example.com" } });
    await sealEvents(control.ctx);
    await eraseAccountKey(control.ctx, "account_gone");
    await eraseAccountKey(control.ctx, "account_gone");
    assert.deepEqual(await personalOf("tests.gone"), [[{ of: "account_gone", fields: null }]]);
    assert.equal((await verifyEvents(control.ctx)).problem, undefined);

    await record(acting("account_gone"), { name: "tests.after", personal: { email: "ada@example.com" } });
    assert.deepEqual(await personalOf("tests.after"), [[]], "nothing new is kept about them");
    const { rows } = await control.database.pool.query(
      "select key from event_personal_keys where subject = 'account_gone'",
    );
    assert.deepEqual(rows, [{ key: null }]);
  });
});

describe("what events say about nobody, and about many at once", () => {
  test("belongs to a month's key when nobody is signed in and no account is meant", async () => {
    const nobody: Context = { ...control.ctx, actor: { kind: "anonymous", address: "2001:db8::1" } };
    await record(nobody, { name: "tests.nobody" });
    const of = `month_${control.ctx.now().toISOString().slice(0, 7)}`;
    assert.deepEqual(await personalOf("tests.nobody"), [[{ of, fields: { address: "2001:db8::1" } }]]);
  });

  test("is covered by the chain: exchanged, removed or moved it does not match", async () => {
    for (const [name, change] of [
      ["tests.exchanged", `jsonb_set(personal, '{0,sealed}', '"AAAA"')`],
      ["tests.removed", "null"],
      ["tests.moved", "(select personal from events where name = 'tests.shown')"],
    ] as const) {
      await record(acting("account_b"), { name });
      await sealEvents(control.ctx);
      const before = await control.database.pool.query("select personal from events where name = $1", [name]);
      await tamper(`update events set personal = ${change} where name = '${name}'`);
      assert.match((await verifyEvents(control.ctx)).problem ?? "none", /does not match its seal/, name);
      assert.notEqual((await personalOf(name))[0]?.[0]?.fields?.address, "203.0.113.7", name);
      await tamper(`update events set personal = '${JSON.stringify(before.rows[0].personal)}' where name = '${name}'`);
    }
    await tamper("update events set origin = 'other' where name = 'tests.shown'");
    assert.match((await verifyEvents(control.ctx)).problem ?? "none", /does not match its seal/);
  });

  test("makes one key for an account, however many events begin at once", async () => {
    await Promise.all(Array.from({ length: 8 }, () => record(acting("account_many"), { name: "tests.many" })));
    const shown = await personalOf("tests.many");
    assert.equal(shown.length, 8);
    for (const parts of shown) assert.deepEqual(parts, [{ of: "account_many", fields: { address: "203.0.113.7" } }]);
  });
});

async function tamper(statement: string): Promise<void> {
  const client = await control.database.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    await client.query(statement);
  } finally {
    client.release(true);
  }
}

test("addresses are counted in blocks", () => {
  for (const [address, block] of [
    ["203.0.113.7", "203.0.113.0/24"],
    ["::ffff:203.0.113.7", "203.0.113.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["2001:DB8:0001::6", "2001:db8:1::/48"],
    ["2001:db8::6", "2001:db8:0::/48"],
    ["fe80::1%eth0", "fe80:0:0::/48"],
    ["::1", "0:0:0::/48"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0::/48"],
    ["nonsense", undefined],
  ] as const) {
    assert.equal(addressBlock(address), block, address);
  }
});
