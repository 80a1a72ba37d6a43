import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { leases, type ReplyOf } from "@berth/api";
import { dayMs } from "@berth/kit";
import type { Reading } from "@berth/link";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { mailsTo } from "../../tests/support/mails.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { warningAt } from "../leases/quota.ts";
import { beginPeriods } from "../leases/sweeps.ts";
import { takeReadings } from "./index.ts";

let control: TestControl;
let admin: Person;

before(async () => {
  control = await testControl();
  admin = await control.as("admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

type Instance = ReplyOf<typeof leases.getLease>["instances"][number];

/** The counter of a lease's first instance, as its node reports it. */
async function count({ id, nodeId, generation }: Instance, value: number): Promise<void> {
  const reading = { instanceId: id, generation: BigInt(generation), run: "run", subject: "", meter: "bytes" };
  await takeReadings(asNode(control.ctx, nodeId), nodeId, [{ ...reading, value: BigInt(value) } as Reading]);
}

async function warned({ lease, customer }: Awaited<ReturnType<typeof soldLease>>) {
  const named = control.ctx.db.selectFrom("events").select("data").where("name", "=", "leases.quota_warned");
  const events = await named.where("lease_id", "=", lease.id).orderBy("id").execute();
  const mails = (await mailsTo(control, `${customer.accountId}@example.com`)).filter(
    ({ state }) => state === "waiting",
  );
  return {
    events: events.map(({ data }) => (data as { percent: number }).percent),
    mails: mails.filter(({ kind }) => kind === "leases.quota_warned").length,
  };
}

test("a share is used when it is reached, and not a byte before", () => {
  for (const [used, percent] of [
    [0n, 0],
    [799n, 0],
    [800n, 80],
    [949n, 80],
    [950n, 95],
    [999n, 95],
    [1_000n, 100],
    [5_000n, 100],
  ] as const) {
    assert.equal(warningAt(used, 1_000n), percent);
  }
  assert.equal(warningAt(0n, 0n), 100);
});

test("the owner is told at 80, at 95 and when all is used, each once, however often usage comes in", async () => {
  const sold = await soldLease(control, { trafficBytes: "1000" });
  const [one] = sold.lease.instances as [Instance];
  const steps = [];
  for (const value of [799, 800, 805, 949, 950, 960, 1_000, 1_100]) {
    await count(one, value);
    steps.push((await warned(sold)).events.join());
  }
  assert.deepEqual(steps, ["", "80", "80", "80", "80,95", "80,95", "80,95,100", "80,95,100"]);
  assert.equal((await admin(leases.getLease, { leaseId: sold.lease.id })).suspendedFor, "quota");
  assert.equal((await warned(sold)).mails, 1, "a newer one takes the place of one that waits");
});

test("two reports at a time warn once; what jumps over a share warns of the greatest", async () => {
  const sold = await soldLease(control, { trafficBytes: "1000" });
  const [one, other] = sold.lease.instances as [Instance, Instance];
  await Promise.all([count(one, 480), count(other, 480), count(one, 480)]);
  assert.deepEqual((await warned(sold)).events, [95]);
});

test("a new period warns anew, and so does a quota that was raised", async () => {
  const sold = await soldLease(control, { trafficBytes: "1000", reset: "daily" });
  const [one] = sold.lease.instances as [Instance];
  await count(one, 820);
  control.advance(dayMs);
  await beginPeriods(control.ctx);
  await count(one, 821);
  assert.deepEqual((await warned(sold)).events, [80]);
  await count(one, 820 + 810);
  assert.deepEqual((await warned(sold)).events, [80, 80]);
  const raise = control.ctx.db.updateTable("leases").set({ traffic_bytes: 2_000n });
  await raise.where("id", "=", sold.lease.id).execute();
  await count(one, 820 + 850);
  assert.deepEqual((await warned(sold)).events, [80, 80]);
  await count(one, 820 + 1_600);
  assert.deepEqual((await warned(sold)).events, [80, 80, 80]);
});

test("a lease without a quota is never warned", async () => {
  const sold = await soldLease(control, { trafficBytes: null });
  await count(sold.lease.instances[0] as Instance, 2 ** 50);
  assert.deepEqual(await warned(sold), { events: [], mails: 0 });
});
