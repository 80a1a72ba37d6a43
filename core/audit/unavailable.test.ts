import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, audit, fleet, leases, serials } from "@berth/api";
import type { Reading } from "@berth/link";
import type { Person, TestControl } from "../../tests/support/control.ts";
import { FullDisk } from "../../tests/support/full-disk.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { problemOf } from "../../tests/support/refusal.ts";
import { planOf, soldLease } from "../../tests/support/sales.ts";
import { takeReadings } from "../metering/index.ts";
import { sealEvents, verifyEvents } from "./index.ts";

let disk: FullDisk;
let control: TestControl;
let operator: Person;
let sold: Awaited<ReturnType<typeof soldLease>>;

before(async () => {
  disk = await FullDisk.start();
  control = disk.control;
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
  sold = await soldLease(control);
  await sealEvents(control.ctx);
  await disk.fill({
    events: (turn, count, chars) =>
      `insert into events (id, at, name, actor, data)
       select 'event_0_${turn}_' || n, now(), 'tests.filler', 'system:test', jsonb_build_object('x', repeat('x', ${chars}))
       from generate_series(1, ${count}) n`,
  });
});
after(() => disk.close());

const countOf = async (table: string) =>
  (await disk.query(`select count(*)::int as count from ${table}`)).rows[0].count;

describe("when no event can be written", () => {
  test("what staff does is refused, says why, and has no effect", async () => {
    const tables = ["plans", "join_tokens", "serial_batches", "serials"];
    const before = await Promise.all(tables.map(countOf));
    const redeemBy = new Date(Date.now() + 86_400_000).toISOString();
    const leaseId = sold.lease.id;
    const calls = [
      () => planOf(operator),
      () => operator(fleet.createJoinToken, {}),
      () => operator(serials.createBatch, { planId: sold.plan.id, name: "Batch", count: 3, redeemBy }),
      () => operator(leases.suspendLease, { leaseId, reason: "a look" }),
    ];
    for (const call of calls) {
      const { status, code, retryAfterSeconds } = await problemOf(call());
      assert.deepEqual([status, code, retryAfterSeconds], [503, "audit.unavailable", 10]);
    }
    assert.deepEqual(await Promise.all(tables.map(countOf)), before);
    assert.equal((await operator(leases.getLease, { leaseId })).state, "active");
  });

  test("taking a list away as a file is refused as well", async () => {
    const response = await control.send("http://test/api/v1/accounts?format=csv", {
      headers: { authorization: `Bearer ${operator.token}` },
    });
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as { code: string }).code, "audit.unavailable");
  });

  test("everybody reads on", async () => {
    assert.ok((await operator(audit.listEvents, { name: "orders.redeemed" })).items.length > 0);
    assert.equal((await operator(fleet.listNodes, {})).items.length, 3);
    assert.equal((await sold.customer(leases.getLease, { leaseId: sold.lease.id })).state, "active");
    assert.equal((await sold.customer(accounts.getMe, {})).id, sold.customer.accountId);
  });

  test("relays go on, and what they count is taken", async () => {
    const instance = sold.lease.instances[0];
    assert.ok(instance);
    const reading = { instanceId: instance.id, generation: BigInt(instance.generation), run: "run-1" };
    await takeReadings(asNode(control.ctx, instance.nodeId), instance.nodeId, [
      { ...reading, subject: "", meter: "bytes", value: 4_096n } as Reading,
    ]);
    const lease = await sold.customer(leases.getLease, { leaseId: sold.lease.id });
    assert.equal(lease.usedBytes, "4096");
  });

  test("everything works again as soon as there is room, and the chain is whole", async () => {
    await disk.free();
    assert.equal((await planOf(operator)).kind, "derp");
    const events = await sealAll();
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: events });
  });
});

async function sealAll(): Promise<number> {
  while ((await sealEvents(control.ctx)) > 0) {
    // Until nothing is left.
  }
  return countOf("events");
}
