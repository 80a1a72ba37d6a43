import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { leases, orders, type ReplyOf } from "@berth/api";
import { dayMs, minuteMs, secondMs } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { batchOf, planOf, soldLease } from "../../tests/support/sales.ts";
import { asSystem } from "../platform/context.ts";
import { addUsage, settleUsage } from "./index.ts";
import { beginPeriods, endDueLeases } from "./sweeps.ts";
import { settleOverQuota } from "./usage.ts";

let control: TestControl;
let admin: Person;

before(async () => {
  control = await testControl();
  admin = await control.as("admin");
});
after(() => control.close());

type Lease = ReplyOf<typeof leases.getLease>;

const system = () => asSystem(control.ctx, "test");
const leaseOf = (leaseId: Lease["id"]) => admin(leases.getLease, { leaseId });

/** Leaves three nodes, with room for one instance each on one port: whatever is not given back is missed. */
async function narrowNodes(): Promise<void> {
  await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
  const narrow = { instances_most: 1, port_from: 30_000, port_to: 30_000 };
  await Promise.all([1, 2, 3].map(() => onlineNode(control.ctx, narrow)));
}

async function sold(change: Parameters<typeof soldLease>[1]) {
  await narrowNodes();
  return soldLease(control, change);
}

/** Counts bytes as metering does, on the lease's first instance. */
async function use(lease: Lease, bytes: bigint): Promise<void> {
  const [instance] = lease.instances;
  const { id: instanceId = "", generation = "0" } = instance ?? {};
  await addUsage(control.ctx, [
    { instanceId, leaseId: lease.id, generation: BigInt(generation), bytes, presentBytes: bytes },
  ]);
  await settleUsage(control.ctx, lease.id);
}

describe("a lease whose time is over", () => {
  test("ends by the sweep, and not before; ports and room serve the next one", async () => {
    const { plan, customer, lease } = await sold({ durationDays: 3 });
    const other = await planOf(await control.as("super_admin"));
    const { codes } = await batchOf(control, admin, { planId: other.id });
    const redeem = () => customer(orders.redeemSerial, { code: codes[0] as string });
    assert.equal(plan.durationDays, 3);
    control.advance(3 * dayMs - 10 * minuteMs);
    await endDueLeases(system());
    assert.equal((await leaseOf(lease.id)).state, "active");
    assert.equal(await refusalOf(redeem()), "429 leases.no_capacity");

    control.advance(10 * minuteMs);
    await control.ctx.db.updateTable("nodes").set({ last_seen_at: control.ctx.now() }).execute();
    await Promise.all([endDueLeases(system()), endDueLeases(system())]);
    assert.deepEqual([(await leaseOf(lease.id)).state, (await leaseOf(lease.id)).instances], ["expired", []]);
    const events = control.ctx.db.selectFrom("events").select("actor").where("name", "=", "leases.expired");
    assert.deepEqual(await events.where("lease_id", "=", lease.id).execute(), [{ actor: "system:test" }]);
    assert.equal((await redeem()).lease.instances.length, 3);

    for (const call of [
      () => admin(leases.resumeLease, { leaseId: lease.id }),
      () => admin(leases.suspendLease, { leaseId: lease.id, reason: "x" }),
      () => admin(leases.endLease, { leaseId: lease.id, reason: "x" }),
    ]) {
      assert.equal(await refusalOf(call()), "409 leases.wrong_state");
    }
  });

  test("ends although it was suspended, and although another one of the batch can't be ended", async () => {
    const { lease } = await sold({ durationDays: 1 });
    await admin(leases.suspendLease, { leaseId: lease.id, reason: "x" });
    const { lease: broken } = await sold({ durationDays: 1 });
    const until = new Date(control.ctx.now().getTime() - minuteMs);
    await control.ctx.db.updateTable("leases").set({ until }).where("id", "=", broken.id).execute();
    await control.ctx.db.updateTable("nodes").set({ instances: 0 }).where("state", "=", "online").execute();

    control.advance(dayMs);
    await endDueLeases(system());
    assert.equal((await leaseOf(lease.id)).state, "expired");
    assert.equal((await leaseOf(broken.id)).state, "active");
    await control.ctx.db.updateTable("nodes").set({ instances: 1 }).where("state", "=", "online").execute();
    await endDueLeases(system());
    assert.equal((await leaseOf(broken.id)).state, "expired");
  });
});

describe("a quota", () => {
  test("that is used up suspends, and staff can't resume it", async () => {
    const { lease } = await sold({ trafficBytes: "1000" });
    await use(lease, 999n);
    assert.equal((await leaseOf(lease.id)).state, "active");
    await use(lease, 1n);
    const suspended = await leaseOf(lease.id);
    assert.deepEqual([suspended.state, suspended.suspendedFor, suspended.usedBytes], ["suspended", "quota", "1000"]);
    assert.ok(suspended.instances.every(({ desired }) => desired === "stopped"));
    assert.equal(await refusalOf(admin(leases.resumeLease, { leaseId: lease.id })), "409 leases.quota_used");
  });

  test("that was crossed by a control that died then suspends by the sweep", async () => {
    const { lease } = await sold({ trafficBytes: "1000" });
    await control.ctx.db.updateTable("leases").set({ used_bytes: 1_000n }).where("id", "=", lease.id).execute();
    await settleOverQuota(system());
    assert.equal((await leaseOf(lease.id)).suspendedFor, "quota");
  });

  for (const [reset, days] of [
    ["daily", 1],
    ["monthly", 30],
  ] as const) {
    test(`of a ${reset} cycle begins anew after ${days} days, and what stood still for it serves again`, async () => {
      const { lease } = await sold({ trafficBytes: "1000", reset, durationDays: 90 });
      await use(lease, 1_500n);
      const before = await leaseOf(lease.id);
      control.advance(days * dayMs - minuteMs);
      await beginPeriods(system());
      assert.equal((await leaseOf(lease.id)).state, "suspended");

      control.advance(minuteMs + secondMs);
      await Promise.all([beginPeriods(system()), beginPeriods(system())]);
      const after = await leaseOf(lease.id);
      assert.deepEqual([after.state, after.suspendedFor, after.usedBytes], ["active", null, "0"]);
      assert.equal(Date.parse(after.periodFrom) - Date.parse(before.periodFrom), days * dayMs);
      for (const [index, instance] of after.instances.entries()) {
        assert.ok(BigInt(instance.generation) > BigInt(before.instances[index]?.generation ?? 0));
        assert.deepEqual([instance.desired, instance.ceilingBytes], ["running", "1000"]);
      }
      const began = control.ctx.db.selectFrom("events").select("data").where("name", "=", "leases.period_began");
      assert.deepEqual(await began.where("lease_id", "=", lease.id).execute(), [{ data: { used: "1500" } }]);
    });
  }

  test("that begins anew does not lift what staff suspended, and skips cycles nobody saw", async () => {
    const { lease } = await sold({ trafficBytes: "1000", reset: "daily" });
    await use(lease, 400n);
    await admin(leases.suspendLease, { leaseId: lease.id, reason: "x" });
    control.advance(5.5 * dayMs);
    await beginPeriods(system());
    const after = await leaseOf(lease.id);
    assert.deepEqual([after.state, after.suspendedFor, after.usedBytes], ["suspended", "staff", "0"]);
    assert.equal(Date.parse(after.periodFrom) - Date.parse(lease.startsAt), 5 * dayMs);
  });
});
