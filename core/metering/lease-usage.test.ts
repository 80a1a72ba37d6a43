import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { leases, metering, type ReplyOf } from "@berth/api";
import { dayMs, hourMs, minuteMs } from "@berth/kit";
import type { Reading } from "@berth/link";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { nodeKey } from "../../tests/support/devices.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { record } from "../audit/index.ts";
import { takeReadings } from "./index.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
  // To the beginning of a day, so that hours and days are told apart by what is written below.
  const now = control.ctx.now().getTime();
  control.advance(dayMs - (now % dayMs) + minuteMs);
});
after(() => control.close());

type Instance = ReplyOf<typeof leases.getLease>["instances"][number];

async function count({ id, nodeId, generation }: Instance, subject: string, value: number): Promise<void> {
  const reading = { instanceId: id, generation: BigInt(generation), run: "run", subject, meter: "bytes" };
  await takeReadings(asNode(control.ctx, nodeId), nodeId, [{ ...reading, value: BigInt(value) } as Reading]);
}

async function measured(trafficBytes: string | null = null, reset: "never" | "monthly" = "never") {
  const sold = await soldLease(control, { trafficBytes, reset, durationDays: 60 });
  const leaseId = sold.lease.id;
  const add = (name: string) => sold.customer(leases.addDevice, { leaseId, key: nodeKey(), name });
  const [laptop, phone] = [await add("Laptop"), await add("Phone")];
  const usage = (step: "5m" | "hour" | "day" = "hour", more: object = {}) =>
    sold.customer(metering.getLeaseUsage, { leaseId, step, ...more });
  return { ...sold, leaseId, laptop, phone, usage, instance: sold.lease.instances[0] as Instance };
}

test("a lease's bytes come by bucket and device, the greatest first, and add up", async () => {
  const { laptop, phone, usage, instance, customer, leaseId } = await measured();
  await count(instance, laptop.id, 100);
  await count(instance, phone.id, 500);
  control.advance(hourMs);
  await count(instance, phone.id, 550);
  await count(instance, "", 7);
  control.advance(hourMs);
  await customer(leases.removeDevice, { leaseId, deviceId: phone.id });
  const { at, total, totalBytes, devices, gaps } = await usage();
  assert.equal(at.length, total.length);
  assert.deepEqual(total.slice(-3), ["600", "57", "0"]);
  assert.equal(totalBytes, "657");
  assert.deepEqual(
    devices.map(({ deviceId, name, bytes, totalBytes }) => [deviceId, name, bytes.slice(-3), totalBytes]),
    [
      [phone.id, "Phone", ["500", "50", "0"], "550"],
      [laptop.id, "Laptop", ["100", "0", "0"], "100"],
      [null, null, ["0", "7", "0"], "7"],
    ],
  );
  assert.ok(total.slice(0, -3).every((bytes) => bytes === null));
  assert.deepEqual(
    gaps.map(({ why }) => why),
    ["not_begun"],
  );
  assert.deepEqual((await usage("day")).total.slice(-1), ["657"]);
});

test("while no node of the lease was there is a gap, not a zero; what came late stands where it came", async () => {
  const { usage, instance, lease, laptop } = await measured();
  const ctx = control.ctx;
  const note = async (name: string, of: readonly Instance[]) => {
    for (const { nodeId } of of) await record(ctx, { name, nodeId });
  };
  await count(instance, laptop.id, 10);
  control.advance(hourMs);
  await note("fleet.node_offline", lease.instances.slice(0, 2));
  control.advance(hourMs);
  await note("fleet.node_offline", lease.instances.slice(2));
  control.advance(3 * hourMs);
  await note("fleet.node_online", lease.instances.slice(0, 1));
  await count(instance, laptop.id, 90);
  const { total, gaps } = await usage();
  assert.deepEqual(total.slice(-6), ["10", "0", "0", null, null, "80"]);
  assert.deepEqual(
    gaps.map(({ why }) => why),
    ["not_begun", "nodes_away"],
  );
  await note("fleet.node_online", lease.instances.slice(1));
});

test("the present rate is that of the last minutes", async () => {
  const { usage, instance, laptop } = await measured();
  await count(instance, laptop.id, 1_000_000);
  const { bytesPerSecond, overSeconds } = (await usage()).rate;
  assert.ok(overSeconds >= 300 && overSeconds <= 600, `${overSeconds}`);
  assert.ok(Math.abs(bytesPerSecond * overSeconds - 1_000_000) <= overSeconds);
  control.advance(11 * minuteMs);
  assert.equal((await usage()).rate.bytesPerSecond, 0);
});

test("a quota comes with what is left, when it begins anew, and when it runs out at this pace", async () => {
  const { usage, instance, laptop, lease } = await measured("1000", "monthly");
  assert.deepEqual((await usage()).quota.runsOutAt, null);
  control.advance(2 * dayMs);
  await count(instance, laptop.id, 200);
  const { quota } = await usage();
  assert.deepEqual([quota.trafficBytes, quota.usedBytes, quota.leftBytes], ["1000", "200", "800"]);
  assert.equal(Date.parse(quota.resetsAt ?? ""), Date.parse(lease.startsAt) + 30 * dayMs);
  const days = (Date.parse(quota.runsOutAt ?? "") - control.ctx.now().getTime()) / dayMs;
  assert.ok(Math.abs(days - 8) < 0.1, `${days} days`);
  await count(instance, laptop.id, 1_000);
  assert.equal((await usage()).quota.leftBytes, "0");
  const unlimited = await measured();
  const { trafficBytes, leftBytes, runsOutAt, resetsAt } = (await unlimited.usage()).quota;
  assert.deepEqual([trafficBytes, leftBytes, runsOutAt, resetsAt], [null, null, null, null]);
});

test("it is shown to those whose it is, of any time, and in bounded answers", async () => {
  const { usage, leaseId, instance, laptop } = await measured();
  await count(instance, laptop.id, 5);
  const stranger = await control.as("customer");
  assert.equal(await refusalOf(stranger(metering.getLeaseUsage, { leaseId })), "404 leases.not_found");
  const admin = await control.as("admin");
  assert.equal((await admin(metering.getLeaseUsage, { leaseId })).totalBytes, "5");
  const now = control.ctx.now().getTime();
  const [from, to] = [new Date(now - 400 * dayMs).toISOString(), new Date(now).toISOString()];
  assert.equal(await refusalOf(usage("hour", { from, to })), "400 metering.too_many_buckets");
  const ahead = await usage("hour", { from: to, to: new Date(now + 5 * hourMs).toISOString() });
  assert.deepEqual(ahead.total.slice(1), [null, null, null, null, null]);
  assert.deepEqual((await usage("hour", { from: to, to: from })).total, []);
});
