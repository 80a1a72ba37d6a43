import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { customRoles, overview, staff } from "@berth/api";
import { dayMs, hourMs, minuteMs, newId } from "@berth/kit";
import type { Heartbeat } from "@berth/link";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { flushHeartbeats, noteHeartbeat } from "../fleet/index.ts";
import { runsOutAt } from "./overview.ts";
import { showOverview } from "./show.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
beforeEach(async () => {
  await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
});
after(() => control.close());

const show = (person: Person = operator) => person(overview.getOverview, {});
const needOf = async (kind: string) => (await show()).needs.find((need) => need.kind === kind);

test("a new installation has its first steps before it, and each is ticked off by what is there", async () => {
  const fresh = await testControl();
  const person = await fresh.as("super_admin");
  const steps = async () => (await person(overview.getOverview, {})).firstRun;
  assert.deepEqual(await steps(), { node: false, plan: false, serials: false, redeemed: false });
  await onlineNode(fresh.ctx);
  assert.deepEqual(await steps(), { node: true, plan: false, serials: false, redeemed: false });
  await soldLease(fresh);
  assert.deepEqual(await steps(), { node: true, plan: true, serials: true, redeemed: true });
  await fresh.close();
});

test("a node that is offline is named with the customers that have something there", async () => {
  const node = await onlineNode(control.ctx);
  await soldLease(control);
  await soldLease(control);
  assert.equal(await needOf("nodes_offline"), undefined);
  await control.ctx.db.updateTable("nodes").set({ state: "offline" }).where("id", "=", node.id).execute();
  const need = await needOf("nodes_offline");
  assert.deepEqual([need?.count, need?.customers, need?.examples[0]?.id], [1, 2, node.id]);
  assert.deepEqual((await show()).nodes, { joining: 0, online: 0, offline: 1, cordoned: 0 });
});

test("instances that failed are named while they should run and their node is there", async () => {
  const node = await onlineNode(control.ctx);
  const { lease } = await soldLease(control);
  const failed = control.ctx.db.updateTable("instances").set({ phase: "failed", phase_reason: "no_image" });
  await failed.where("lease_id", "=", lease.id).execute();
  const need = await needOf("instances_failed");
  assert.deepEqual([need?.count, need?.customers, need?.examples[0]?.name], [1, 1, `${node.name}: no_image`]);
  assert.equal((await show()).instances?.failed, 1);
  await control.ctx.db.updateTable("nodes").set({ state: "offline" }).where("id", "=", node.id).execute();
  assert.equal(await needOf("instances_failed"), undefined);
});

test("nodes that nobody gets through to, and those whose traffic runs out, need somebody", async () => {
  const used = { traffic_bytes_most: 100n, traffic_used_bytes: 100n };
  const node = await onlineNode(control.ctx, { reach: "unproven", ...used });
  assert.deepEqual((await needOf("nodes_not_reachable"))?.examples[0]?.id, node.id);
  assert.deepEqual((await needOf("traffic_running_out"))?.examples[0]?.id, node.id);
  const allowed = { is_unproven_allowed: true, traffic_used_bytes: 0n };
  await control.ctx.db.updateTable("nodes").set(allowed).where("id", "=", node.id).execute();
  assert.deepEqual((await show()).needs, []);
});

test("traffic runs out on the day that its use so far leads to, if that is within its month", () => {
  const now = new Date("2026-03-11T00:00:00Z");
  const at = (used: bigint, day = 1, most: bigint | null = 300n) =>
    runsOutAt({ trafficBytesMost: most, trafficUsedBytes: used, trafficResetDay: day }, now)
      ?.toISOString()
      .slice(0, 10);
  assert.equal(at(150n), "2026-03-21");
  assert.equal(at(50n), undefined, "lasts until the next month");
  assert.equal(at(300n), "2026-03-11");
  assert.equal(at(290n, 11), undefined, "the month has just begun");
  assert.equal(at(0n), undefined);
  assert.equal(at(5n, 1, null), undefined);
});

test("the rate of the fleet is the sum over its nodes of what each had on average", async () => {
  const beat = async (nodeId: string, inBytesPerSecond: number) => {
    noteHeartbeat(control.ctx, nodeId, { load: 0, memoryUsedBytes: 0n, revision: 0n, inBytesPerSecond } as Heartbeat);
    await flushHeartbeats(control.ctx);
  };
  const [one, other] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
  const quarter = 15 * minuteMs;
  const now = control.ctx.now().getTime();
  control.advance((Math.floor(now / quarter) + 1) * quarter - now);
  await beat(one.id, 100);
  await beat(other.id, 10);
  control.advance(minuteMs);
  await beat(one.id, 200);
  assert.equal((await show()).rate?.at(-1)?.inBytesPerSecond, 160);
  control.advance(25 * hourMs);
  assert.deepEqual((await show()).rate, []);
});

test("leases that end within seven days are shown, soonest first", async () => {
  await onlineNode(control.ctx);
  const soon = await soldLease(control, { durationDays: 3 });
  await soldLease(control, { durationDays: 30 });
  const { ending } = await show();
  assert.deepEqual([ending?.count, ending?.items[0]?.leaseId], [1, soon.lease.id]);
  assert.ok(Date.parse(ending?.items[0]?.until ?? "") - control.ctx.now().getTime() <= 3 * dayMs);
});

test("mails that could not be sent and the lack of a mail server are said to who looks after mails", async () => {
  const now = control.ctx.now();
  const mail = { id: newId("mail", now), kind: "reset", state: "failed", created_at: now } as const;
  await control.ctx.db
    .insertInto("mails")
    .values({ ...mail, recipient: Buffer.alloc(32), content: Buffer.alloc(32), error: "refused" })
    .execute();
  const need = await needOf("mails_failed");
  assert.deepEqual([need?.count, need?.examples[0]?.name], [1, "reset"]);
  const kinds = async (has?: boolean) => (await showOverview(control.ctx, has)).needs.map(({ kind }) => kind);
  assert.ok((await kinds(false)).includes("no_mail_server"));
  assert.ok(!(await kinds(true)).includes("no_mail_server"));
  assert.ok(!(await kinds()).includes("no_mail_server"));
});

test("whoever may see a part sees that part and nothing else", async () => {
  await onlineNode(control.ctx, { state: "offline" });
  const nothing = {
    nodes: null,
    leases: null,
    instances: null,
    customers: null,
    serials: null,
    rate: null,
    ending: null,
  };
  assert.deepEqual(await show(await control.as("customer")), { needs: [], firstRun: null, ...nothing });
  const { id } = await operator(customRoles.createRole, {
    name: "Nodes",
    base: "customer",
    permissions: ["self", "nodes.read"],
  });
  const watcher = await control.as("customer");
  const role = id as `role_${string}`;
  await operator(staff.assignRole, { accountId: watcher.accountId as `account_${string}`, role });
  const seen = await show(watcher);
  assert.deepEqual([seen.needs.map(({ kind }) => kind), seen.nodes?.offline], [["nodes_offline"], 1]);
  assert.deepEqual([seen.leases, seen.customers, seen.ending, seen.firstRun], [null, null, null, null]);
});
