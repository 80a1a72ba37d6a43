import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, catalogue, createRehearsal, fleet, leases, orders, serials } from "@berth/api";
import { dayMs } from "@berth/kit";
import { sql } from "kysely";
import { contentOf } from "../../tests/support/content.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { planOf, soldLease } from "../../tests/support/sales.ts";
import { type Context, requestTransaction, transaction } from "./context.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

const rehearsalOf = (person?: Person) =>
  createRehearsal({ url: "http://test", token: () => person?.token, fetch: control.send });

async function assertUnchanged(work: () => Promise<unknown>): Promise<void> {
  const before = await contentOf(control.database);
  await work();
  assert.deepEqual(await contentOf(control.database), before);
}

describe("a dry run", () => {
  test("answers what would be answered and recorded, and changes nothing", async () => {
    const { lease } = await soldLease(control);
    await assertUnchanged(async () => {
      const run = await rehearsalOf(operator)(leases.suspendLease, { leaseId: lease.id, reason: "a look" });
      assert.equal(run.reply.state, "suspended");
      assert.deepEqual(
        run.events.map(({ name, leaseId, data }) => ({ name, leaseId, data })),
        [{ name: "leases.suspended", leaseId: lease.id, data: { why: "staff", reason: "a look" } }],
      );
    });
    assert.equal((await operator(leases.getLease, { leaseId: lease.id })).state, "active");
  });

  test("of a redemption shows order and lease, and leaves the serial unused", async () => {
    const { id: planId } = await planOf(operator);
    const redeemBy = new Date(control.ctx.now().getTime() + dayMs).toISOString();
    const { codes } = await operator(serials.createBatch, { planId, name: "Batch", count: 1, redeemBy });
    const customer = await control.as("customer");
    const code = codes[0] as string;
    await assertUnchanged(async () => {
      const run = await rehearsalOf(customer)(orders.redeemSerial, { code });
      assert.deepEqual([run.dryRun, run.reply.order.planId], [true, planId]);
      assert.ok(run.events.some(({ name }) => name === "orders.redeemed"));
    });
    assert.equal((await customer(orders.redeemSerial, { code })).order.planId, planId);
  });

  test("sends no notice: what listens hears nothing", async () => {
    const node = await onlineNode(control.ctx);
    const listener = await control.database.pool.connect();
    const heard: string[] = [];
    listener.on("notification", ({ payload }) => heard.push(payload ?? ""));
    await listener.query("listen node_changed");
    const { lease } = await soldLease(control);
    await listener.query("select 1");
    heard.length = 0;
    await rehearsalOf(operator)(leases.suspendLease, { leaseId: lease.id, reason: "a look" });
    await rehearsalOf(operator)(fleet.revokeNode, { nodeId: node.id as `node_${string}`, reason: "a look" });
    await listener.query("select 1");
    assert.deepEqual(heard, []);
    await operator(leases.suspendLease, { leaseId: lease.id, reason: "for real" });
    await listener.query("select 1");
    assert.equal(heard.length, 3);
    listener.removeAllListeners("notification");
    await listener.query("unlisten *");
    listener.release();
  });

  test("signs nobody in", async () => {
    const response = await control.send("http://test/api/v1/me/sign-out?dryRun=true", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${operator.token}` },
      body: "{}",
    });
    assert.deepEqual([response.status, response.headers.get("set-cookie")], [200, null]);
    assert.equal((await operator(accounts.getMe, {})).id, operator.accountId);
  });
});

describe("a dry run, used for something else,", () => {
  test("uses no Idempotency-Key up", async () => {
    const input = { name: "Rehearsed", kind: "derp", durationDays: 3, price: { minor: "1", currency: "EUR" } };
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${operator.token}`,
      "idempotency-key": "k",
    };
    const init = { method: "POST", headers, body: JSON.stringify(input) };
    assert.equal((await control.send("http://test/api/v1/plans?dryRun=true", init)).status, 200);
    const made = await operator(catalogue.createPlan, input, { idempotencyKey: "k" });
    assert.equal(made.name, "Rehearsed");
  });

  test("is no way to guess serials for nothing", async () => {
    const customer = await control.as("customer");
    for (let tries = 0; tries < 5; tries++) {
      assert.match(await refusalOf(rehearsalOf(customer)(orders.redeemSerial, { code: "wrong" })), /^400 /);
    }
    assert.match(await refusalOf(rehearsalOf(customer)(orders.redeemSerial, { code: "wrong" })), /^429 /);
  });

  test("is refused where the request itself would be", async () => {
    const customer = await control.as("customer");
    assert.equal(await refusalOf(rehearsalOf(customer)(fleet.createJoinToken, {})), "403 accounts.not_permitted");
    assert.equal(await refusalOf(rehearsalOf()(fleet.createJoinToken, {})), "401 accounts.sign_in");
  });

  for (const dryRun of ["1", "yes", "", "true&dryRun=true"]) {
    test(`is never a real one by mistake: ?dryRun=${dryRun}`, async () => {
      const response = await control.send(`http://test/api/v1/join-tokens?dryRun=${dryRun}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${operator.token}` },
        body: "{}",
      });
      assert.equal(response.status, 400);
    });
  }
});

describe("a transaction around a request", () => {
  const note = (ctx: Context, name: string) =>
    sql`insert into settings (name, value, changed_at) values (${name}, '{}', now())`.execute(ctx.db);
  const noted = async () =>
    (
      await sql<{ name: string }>`select name from settings where name like 't.%' order by name`.execute(control.ctx.db)
    ).rows.map(({ name }) => name);

  test("undoes the transaction that failed, alone, with the events that it noted", async () => {
    const events: { name: string }[] = [];
    await requestTransaction({ ...control.ctx, dryRun: { events: events as never } }, async (ctx) => {
      await transaction(ctx, async (ctx) => {
        await note(ctx, "t.kept");
        events.push({ name: "kept" });
      });
      const inner = transaction(ctx, async (ctx) => {
        await note(ctx, "t.lost");
        events.push({ name: "lost" });
        await transaction(ctx, (ctx) => note(ctx, "t.lost_too"));
        await sql`select 1 / 0`.execute(ctx.db);
      });
      await assert.rejects(inner, /division by zero/);
      await transaction(ctx, (ctx) => note(ctx, "t.later"));
    });
    assert.deepEqual(await noted(), ["t.kept", "t.later"]);
    assert.deepEqual(events, [{ name: "kept" }]);
  });
});
