import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { catalogue, orders, type ReplyOf, serials } from "@berth/api";
import { dayMs, minuteMs } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { batchOf, planOf } from "../../tests/support/sales.ts";
import { normalise } from "./code.ts";

let control: TestControl;
let operator: Person;
let admin: Person;
let planId: ReplyOf<typeof catalogue.createPlan>["id"];

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  admin = await control.as("admin");
  planId = (await planOf(operator)).id;
  await onlineNode(control.ctx);
});
after(() => control.close());

const batch = (change: Partial<Parameters<typeof batchOf>[2]> = {}) => batchOf(control, admin, { planId, ...change });

async function statesOf(batchId: `batch_${string}`): Promise<string[]> {
  const { items } = await admin(serials.listSerials, { batchId });
  return items.map(({ state }) => state).sort();
}

/** Every value of every table that can be read as text, in one string. */
async function everything(): Promise<string> {
  const { rows } = await control.database.pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const texts = [];
  for (const { name } of rows) {
    const { rows } = await control.database.pool.query(
      `select coalesce(string_agg(t::text, ' '), '') as text from "${name}" t`,
    );
    texts.push(rows[0].text);
  }
  return texts.join(" ").toUpperCase();
}

describe("a batch as it is made", () => {
  test("of a thousand serials shows its codes once; no table and no later answer holds one", async () => {
    const made = await batch({ count: 1_000, name: "Thousand" });
    assert.equal(new Set(made.codes).size, 1_000);
    assert.deepEqual([made.batch.count, made.batch.unused, made.batch.used, made.batch.revoked], [1_000, 1_000, 0, 0]);
    const customer = await control.as("customer");
    await customer(orders.redeemSerial, { code: made.codes[0] as string });

    const answers = [
      await admin(serials.listBatches, {}),
      await admin(serials.settleBatch, { batchId: made.batch.id }),
    ];
    let after: string | undefined;
    let seen = 0;
    do {
      const page = await admin(serials.listSerials, { batchId: made.batch.id, limit: 100, after });
      seen += page.items.length;
      answers.push(page as never);
      after = page.next ?? undefined;
    } while (after);
    assert.equal(seen, 1_000);
    const told = JSON.stringify(answers).toUpperCase();
    const kept = await everything();
    assert.ok(kept.includes("THOUSAND") && kept.length > 100_000, "the tables were read");
    for (const code of made.codes) {
      for (const text of [code, normalise(code) as string, code.slice(6)]) {
        assert.ok(!told.includes(text), "an answer holds a code");
        assert.ok(!kept.includes(text), "a table holds a code");
      }
    }
  });

  test("that can't be redeemed any more, or is of no plan, is not made", async () => {
    const redeemBy = new Date(control.ctx.now().getTime() - 1).toISOString();
    assert.equal(await refusalOf(batch({ redeemBy })), "400 serials.redeem_by_past");
    assert.equal(await refusalOf(batch({ planId: `plan_${"0".repeat(26)}` })), "404 catalogue.no_such_plan");
    assert.equal(await refusalOf(batch({ count: 10_001 })), "400 http.invalid");
    const batchId = `batch_${"0".repeat(26)}` as const;
    assert.equal(await refusalOf(admin(serials.settleBatch, { batchId })), "404 serials.no_such_batch");
    assert.equal(await refusalOf(admin(serials.revokeBatch, { batchId })), "404 serials.no_such_batch");
  });

  test("bound to a node that is not there is not made", async () => {
    assert.equal(await refusalOf(batch({ nodeIds: [`node_${"0".repeat(26)}`] })), "404 serials.no_such_node");
  });
});

describe("a batch that was made", () => {
  test("but is not paid waits; settling it twice is settling it once", async () => {
    const { batch: pending, codes } = await batch({ payment: "pending", count: 2 });
    assert.deepEqual(await statesOf(pending.id), ["pending", "pending"]);
    const customer = await control.as("customer", "198.51.100.1");
    assert.equal(
      await refusalOf(customer(orders.redeemSerial, { code: codes[0] as string })),
      "400 serials.not_redeemable",
    );

    assert.equal((await admin(serials.settleBatch, { batchId: pending.id })).payment, "paid");
    assert.equal((await admin(serials.settleBatch, { batchId: pending.id })).payment, "paid");
    assert.deepEqual(await statesOf(pending.id), ["unused", "unused"]);
    await customer(orders.redeemSerial, { code: codes[0] as string });
    const settled = control.ctx.db.selectFrom("events").select("data").where("name", "=", "serials.batch_settled");
    assert.deepEqual(await settled.execute(), [{ data: { batchId: pending.id } }]);
  });

  test("revokes what is unused and leaves leases to whoever has them", async () => {
    const { batch: made, codes } = await batch({ count: 3 });
    const customer = await control.as("customer", "198.51.100.2");
    await customer(orders.redeemSerial, { code: codes[0] as string });
    const after = await admin(serials.revokeBatch, { batchId: made.id });
    assert.deepEqual([after.unused, after.used, after.revoked], [0, 1, 2]);
    assert.deepEqual(await statesOf(made.id), ["revoked", "revoked", "used"]);
    assert.equal(
      await refusalOf(customer(orders.redeemSerial, { code: codes[1] as string })),
      "400 serials.not_redeemable",
    );
  });
});

describe("serials", () => {
  test("are listed by what they are now", async () => {
    const redeemBy = new Date(control.ctx.now().getTime() + minuteMs).toISOString();
    const late = await batch({ redeemBy, count: 2 });
    const pending = await batch({ payment: "pending" });
    const fresh = await batch({ count: 2 });
    await (await control.as("customer", "198.51.100.3"))(orders.redeemSerial, { code: late.codes[0] as string });
    const [one] = (await admin(serials.listSerials, { batchId: fresh.batch.id })).items;
    await admin(serials.revokeSerial, { serialId: one?.id as `serial_${string}` });
    control.advance(minuteMs);

    for (const [made, wanted] of [
      [late, { used: 1, expired: 1 }],
      [pending, { pending: 1 }],
      [fresh, { unused: 1, revoked: 1 }],
    ] as const) {
      for (const state of ["pending", "unused", "used", "expired", "revoked"] as const) {
        const { items } = await admin(serials.listSerials, { batchId: made.batch.id, state });
        assert.equal(items.length, (wanted as Record<string, number>)[state] ?? 0, state);
        assert.ok(items.every((serial) => serial.state === state));
      }
    }
    const prefix = late.codes[0]?.slice(0, 5).toLowerCase();
    const [found] = (await admin(serials.listSerials, { q: prefix })).items;
    assert.equal(found?.prefix, prefix?.toUpperCase());
  });

  test("are revoked once, and not when they were used", async () => {
    const { batch: made, codes } = await batch({ count: 2 });
    await (await control.as("customer", "198.51.100.4"))(orders.redeemSerial, { code: codes[0] as string });
    const { items } = await admin(serials.listSerials, { batchId: made.id });
    const [used, unused] = ["used", "unused"].map((wanted) => items.find(({ state }) => state === wanted)?.id);
    const revoke = (serialId = "") => admin(serials.revokeSerial, { serialId: serialId as `serial_${string}` });
    assert.equal(await refusalOf(revoke(used)), "409 serials.not_unused");
    assert.equal((await revoke(unused)).state, "revoked");
    assert.equal(await refusalOf(revoke(unused)), "409 serials.not_unused");
    assert.equal(await refusalOf(revoke(`serial_${"0".repeat(26)}`)), "404 serials.not_found");
  });

  test("revoked while they are redeemed end as one of both", async () => {
    const { batch: made, codes } = await batch({ count: 8 });
    const people = await Promise.all(codes.map((_, index) => control.as("customer", `198.51.100.${100 + index}`)));
    const [, ...results] = await Promise.allSettled([
      admin(serials.revokeBatch, { batchId: made.id }),
      ...people.map((customer, index) => customer(orders.redeemSerial, { code: codes[index] as string })),
    ]);
    const [after] = (await admin(serials.listBatches, {})).items;
    assert.equal(after?.used, results.filter(({ status }) => status === "fulfilled").length);
    assert.equal((after?.used ?? 0) + (after?.revoked ?? 0), 8);
  });

  test("are staff's business", async () => {
    const redeemBy = new Date(control.ctx.now().getTime() + dayMs).toISOString();
    const make = { planId, name: "Batch", count: 1, redeemBy };
    for (const role of ["customer", "distributor"] as const) {
      const person = await control.as(role);
      assert.equal(await refusalOf(person(serials.createBatch, make)), "403 accounts.not_permitted");
      assert.equal(await refusalOf(person(serials.listSerials, {})), "403 accounts.not_permitted");
      assert.equal(await refusalOf(person(serials.listBatches, {})), "403 accounts.not_permitted");
    }
    assert.equal(await refusalOf(control.anonymous(serials.createBatch, make)), "401 accounts.sign_in");
    assert.equal(await refusalOf(control.anonymous(serials.listSerials, {})), "401 accounts.sign_in");
    assert.equal(await refusalOf(control.anonymous(orders.redeemSerial, { code: "x" })), "401 accounts.sign_in");
    assert.equal(await refusalOf(admin(catalogue.createPlan, planInput)), "403 accounts.not_permitted");
  });
});

const planInput = { name: "Other", kind: "derp", durationDays: 1, price: { minor: "1", currency: "EUR" } };

describe("a plan", () => {
  test("is checked by its kind, has a name of its own and the currency of the others", async () => {
    const made = await planOf(operator, {
      options: { relays: 2 },
      durationDays: 3,
      trafficBytes: "9223372036854775807",
    });
    assert.equal(made.options.relays, 2);
    assert.equal(made.trafficBytes, "9223372036854775807");
    assert.equal((await admin(catalogue.listPlans, {})).items[0]?.id, made.id);
    for (const [change, refusal] of [
      [{ options: { relays: 9 } }, "400 catalogue.bad_options"],
      [{ options: { ports: 9 } }, "400 catalogue.bad_options"],
      [{ kind: "proxy" }, "400 catalogue.unknown_kind"],
      [{ name: made.name.toUpperCase() }, "409 catalogue.name_taken"],
      [{ price: { minor: "1", currency: "USD" } }, "409 catalogue.other_currency"],
      [{ trafficBytes: "0" }, "400 http.invalid"],
      [{ trafficBytes: "9223372036854775808" }, "400 http.invalid"],
      [{ price: { minor: "-1", currency: "EUR" } }, "400 http.invalid"],
      [{ durationDays: 0 }, "400 http.invalid"],
    ] as const) {
      assert.equal(await refusalOf(planOf(operator, change)), refusal, JSON.stringify(change));
    }
  });
});
