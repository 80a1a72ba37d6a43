import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Call, leases, orders, serials } from "@berth/api";
import { dayMs, minuteMs } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { deadlocksOf } from "../../tests/support/database.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";
import { batchOf, planOf } from "../../tests/support/sales.ts";
import type { NodeRow } from "../fleet/node.ts";
import { newCode } from "../serials/code.ts";

const redeemers = 64;
let control: TestControl;
let operator: Call;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

const redeem = (customer: Call, code = "") => customer(orders.redeemSerial, { code });

async function codes(count: number, change: Partial<Parameters<typeof batchOf>[2]> = {}): Promise<string[]> {
  const plan = await planOf(operator);
  return (await batchOf(control, operator, { planId: plan.id, count, ...change })).codes;
}

/** Customers who each call from an address of their own, so that nobody's guesses lock another. */
function customers(count: number): Promise<(Call & { accountId: string })[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => control.as("customer", `198.51.100.${index}`)));
}

async function freshNodes(count: number) {
  await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
  return Promise.all(Array.from({ length: count }, () => onlineNode(control.ctx)));
}

async function rowsOf(table: "orders" | "leases" | "instances"): Promise<number> {
  return (await control.ctx.db.selectFrom(table).select("id").execute()).length;
}

describe("a serial", () => {
  test("becomes one order and one lease with three instances in three regions on three nodes", async () => {
    const nodes = await freshNodes(4);
    const [code] = await codes(1);
    const customer = await control.as("customer");

    const { order, lease } = await redeem(customer, code);

    assert.equal(order.leaseId, lease.id);
    assert.deepEqual(order.price, { minor: "500", currency: "EUR" });
    assert.equal(lease.state, "active");
    assert.equal(Date.parse(lease.until) - Date.parse(lease.startsAt), 30 * dayMs);
    assert.equal(lease.instances.length, 3);
    assert.equal(new Set(lease.instances.map(({ nodeId }) => nodeId)).size, 3);
    assert.equal(new Set(lease.instances.map(({ region }) => region)).size, 3);
    for (const { nodeId, port } of lease.instances) {
      assert.ok(nodes.some(({ id }) => id === nodeId));
      assert.ok(port && port >= 20_000 && port <= 29_999);
    }
    const { accountName, planName } = lease;
    assert.deepEqual((await customer(orders.listOrders, {})).items, [{ ...order, accountName, planName }]);
    assert.deepEqual(await customer(leases.getLease, { leaseId: lease.id }), lease);
    const events = await control.ctx.db.selectFrom("events").selectAll().where("lease_id", "=", lease.id).execute();
    assert.deepEqual(events.map(({ name }) => name).sort(), ["leases.granted", "orders.redeemed"]);
    assert.ok(events.every((event) => event.account_id === customer.accountId && event.actor === customer.accountId));
    const used = await operator(serials.listSerials, { state: "used" });
    assert.equal(used.items[0]?.leaseId, lease.id);
    assert.equal(used.items[0]?.redeemedBy, customer.accountId);
  });

  test("gives fewer relays when there are fewer nodes, and other nodes of a region when there are no other regions", async () => {
    await freshNodes(2);
    const [first, second] = await codes(2);
    assert.equal((await redeem(await control.as("customer"), first)).lease.instances.length, 2);

    await freshNodes(0);
    await onlineNode(control.ctx, { region: "one" });
    await onlineNode(control.ctx, { region: "one" });
    await onlineNode(control.ctx, { region: "one" });
    assert.equal((await redeem(await control.as("customer"), second)).lease.instances.length, 3);
  });

  test("goes only to the nodes it is bound to", async () => {
    const [wanted] = await freshNodes(4);
    const [code] = await codes(1, { nodeIds: [wanted?.id as `node_${string}`] });
    const { lease } = await redeem(await control.as("customer"), code);
    assert.deepEqual(
      lease.instances.map(({ nodeId }) => nodeId),
      [wanted?.id],
    );
  });
});

describe("a serial that finds no room", () => {
  for (const [why, change] of [
    ["there is no node"],
    ["every node is full", { instances: 5, instances_most: 5 }],
    ["every node is cordoned", { scheduling: "cordoned" }],
    ["no node has an address", { addresses: [] }],
    ["no node has a free port", { port_from: 20_000, port_to: 20_000 }],
  ] satisfies [string, Partial<NodeRow>?][]) {
    test(`is still unused after a refusal because ${why}`, async () => {
      await freshNodes(0);
      const [code, other] = await codes(2);
      const node = change && (await onlineNode(control.ctx, change));
      if (why.includes("port"))
        assert.equal((await redeem(await control.as("customer"), other)).lease.instances.length, 1);
      const before = await rowsOf("leases");
      const room = node && (await roomOf(node.id));

      const customer = await control.as("customer");
      assert.equal(await refusalOf(redeem(customer, code)), "429 leases.no_capacity");

      assert.equal(await rowsOf("leases"), before);
      assert.equal(node && (await roomOf(node.id)), room);
      await freshNodes(1);
      assert.equal((await redeem(customer, code)).lease.instances.length, 1);
    });
  }
});

const roomOf = async (id: string) =>
  (await control.ctx.db.selectFrom("nodes").select("instances").where("id", "=", id).executeTakeFirstOrThrow())
    .instances;

describe("redemptions at once", () => {
  test("of one serial: one of 64 is granted, and it leaves one lease, one order and one event", async () => {
    await freshNodes(5);
    const [code] = await codes(1);
    const before = {
      orders: await rowsOf("orders"),
      leases: await rowsOf("leases"),
      instances: await rowsOf("instances"),
    };

    const results = await Promise.allSettled((await customers(redeemers)).map((customer) => redeem(customer, code)));

    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    for (const result of results) {
      if (result.status === "rejected") assert.equal(result.reason.problem?.code, "serials.not_redeemable");
    }
    assert.equal((await rowsOf("orders")) - before.orders, 1);
    assert.equal((await rowsOf("leases")) - before.leases, 1);
    assert.equal((await rowsOf("instances")) - before.instances, 3);
    const order = (await operator(orders.listOrders, {})).items[0];
    const events = await control.ctx.db
      .selectFrom("events")
      .selectAll()
      .where("name", "=", "orders.redeemed")
      .execute();
    assert.equal(events.filter(({ data }) => (data as { orderId: string }).orderId === order?.id).length, 1);
    assert.equal(events.length, await rowsOf("orders"));
  });

  test("of distinct serials: all are granted, nodes fill evenly, and no port is given twice", async () => {
    const nodes = await freshNodes(5);
    const list = await codes(redeemers / 2);
    const people = await customers(list.length);

    const results = await Promise.allSettled(people.map((customer, index) => redeem(customer, list[index])));

    assert.deepEqual(
      results.filter(({ status }) => status === "rejected"),
      [],
    );
    const filled = await Promise.all(nodes.map(({ id }) => roomOf(id)));
    assert.equal(
      filled.reduce((sum, count) => sum + count, 0),
      3 * list.length,
    );
    assert.ok(Math.max(...filled) - Math.min(...filled) <= 1, filled.join(" "));
    const rows = await control.ctx.db
      .selectFrom("instances")
      .select(["node_id", "port"])
      .where("port", "is not", null)
      .execute();
    assert.equal(new Set(rows.map(({ node_id, port }) => `${node_id}:${port}`)).size, rows.length);
    assert.equal(await deadlocksOf(control.database), 0);
  });
});

describe("a code that does not redeem", () => {
  test("is answered alike, whatever is wrong with it", async () => {
    await freshNodes(3);
    const [used, revoked] = await codes(2);
    const [pending] = await codes(1, { payment: "pending" });
    const soon = new Date(control.ctx.now().getTime() + minuteMs).toISOString();
    const [expired] = await codes(1, { redeemBy: soon });
    await redeem(await control.as("customer"), used);
    const { items } = await operator(serials.listSerials, { q: revoked?.slice(0, 5) });
    await operator(serials.revokeSerial, { serialId: items[0]?.id as `serial_${string}` });
    control.advance(minuteMs);

    const unknown = newCode();
    const slip = unknown.slice(0, -1) + (unknown.endsWith("2") ? "3" : "2");
    const texts = new Set<string>();
    for (const [index, code] of [used, revoked, pending, expired, unknown, slip, "nonsense"].entries()) {
      const customer = await control.as("customer", `203.0.113.${index}`);
      const { status, type, title, code: reason, detail, triesLeft } = await problemOf(redeem(customer, code));
      assert.equal(triesLeft, 4);
      texts.add(JSON.stringify({ status, type, title, reason, detail }));
    }
    assert.equal(texts.size, 1, [...texts].join("\n"));
    assert.match([...texts][0] ?? "", /^\{"status":400,.*"serials.not_redeemable"/);
  });
});

describe("guessing", () => {
  test("locks account and address for 15 minutes after the fifth time in ten", async () => {
    await freshNodes(3);
    const [code, other] = await codes(2);
    const address = "203.0.113.100";
    const guesser = await control.as("customer", address);
    for (const left of [4, 3, 2, 1, 0]) assert.equal((await problemOf(redeem(guesser, newCode()))).triesLeft, left);

    const { status, code: reason, retryAfterSeconds } = await problemOf(redeem(guesser, code));
    assert.deepEqual([status, reason], [429, "serials.locked"]);
    assert.ok(Number(retryAfterSeconds) > 890 && Number(retryAfterSeconds) <= 900);
    assert.equal(await refusalOf(redeem(await control.as("customer", address), code)), "429 serials.locked");
    await redeem(await control.as("customer", "203.0.113.101"), other);

    control.advance(14.9 * minuteMs);
    assert.equal(await refusalOf(redeem(guesser, code)), "429 serials.locked");
    control.advance(0.2 * minuteMs);
    await redeem(guesser, code);
  });

  test("locks the account wherever it calls from", async () => {
    const guesser = await control.as("customer");
    for (let index = 0; index < 5; index++)
      await refusalOf(redeem(guesser.from(`203.0.113.${110 + index}`), newCode()));
    assert.equal(await refusalOf(redeem(guesser.from("203.0.113.120"), newCode())), "429 serials.locked");
  });

  test("is forgotten after ten minutes", async () => {
    const guesser = await control.as("customer", "203.0.113.130");
    for (let index = 0; index < 4; index++) await refusalOf(redeem(guesser, newCode()));
    control.advance(10 * minuteMs + 1);
    assert.equal((await problemOf(redeem(guesser, newCode()))).triesLeft, 4);
  });

  test(`is tried five times at the most by ${redeemers} guesses at once`, async () => {
    const guesser = await control.as("customer", "203.0.113.140");
    const guesses = Array.from({ length: redeemers }, () => refusalOf(redeem(guesser, newCode())));
    const answers = await Promise.all(guesses);
    assert.equal(answers.filter((answer) => answer === "400 serials.not_redeemable").length, 5);
    // The guard before all routes may turn some away even earlier.
    const turnedAway = answers.filter((answer) => answer === "429 serials.locked" || answer === "429 guard.too_many");
    assert.equal(turnedAway.length, redeemers - 5);
  });

  test("counts for a whole /64 of IPv6, and for no other", async () => {
    const addresses = [
      "2001:db8:1:2::1",
      "2001:db8:1:2:ffff::2",
      "2001:db8:1:2:3:4:5:6",
      "2001:db8:1:2::",
      "2001:db8:1:2:0:1::",
    ];
    for (const address of addresses) await refusalOf(redeem(await control.as("customer", address), newCode()));
    const from = async (address: string) => refusalOf(redeem(await control.as("customer", address), newCode()));
    assert.equal(await from("2001:db8:1:2:abcd::"), "429 serials.locked");
    assert.equal(await from("2001:db8:1:3::1"), "400 serials.not_redeemable");
    assert.equal(await from("2001:db8:1::2:1"), "400 serials.not_redeemable");
  });
});
