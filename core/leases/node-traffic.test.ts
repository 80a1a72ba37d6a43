import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { fleet, leases } from "@berth/api";
import { newId } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { takeReadings } from "../metering/index.ts";
import { keepNodeTraffic } from "./node-traffic.ts";

type Sold = Awaited<ReturnType<typeof soldLease>>["lease"];

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

const bound = (nodeId: string, trafficBytesMost: string | null) =>
  operator(fleet.editNode, { nodeId: nodeId as `node_${string}`, trafficBytesMost });

async function use(nodeId: string, { instances }: Sold, value: bigint): Promise<void> {
  const instance = instances.find((one) => one.nodeId === nodeId);
  assert.ok(instance);
  const reading = { instanceId: instance.id, generation: BigInt(instance.generation), run: newId("run") };
  await takeReadings(asNode(control.ctx, nodeId), nodeId, [
    { ...reading, subject: "", meter: "bytes", value } as never,
  ]);
}

async function stateOf(lease: Sold): Promise<Record<string, string>> {
  const { instances } = await operator(leases.getLease, { leaseId: lease.id });
  return Object.fromEntries(instances.map(({ nodeId, desired }) => [nodeId, desired]));
}

async function eventsOf(lease: Sold): Promise<string[]> {
  const rows = control.ctx.db.selectFrom("events").select("name").where("lease_id", "=", lease.id).orderBy("id");
  return (await rows.where("name", "like", "leases.%_by_node").execute()).map(({ name }) => name);
}

test("what runs on a node that is over its traffic stands still, its owner is told once, and it runs on when it may", async () => {
  const [node, other] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
  await bound(node.id, "1000");
  const { lease } = await soldLease(control);
  await use(node.id, lease, 1_000n);
  await keepNodeTraffic(control.ctx);
  assert.deepEqual(await stateOf(lease), { [node.id]: "running", [other.id]: "running" }, "at its limit, not over it");

  await use(node.id, lease, 1_001n);
  for (let turn = 0; turn < 2; turn++) await keepNodeTraffic(control.ctx);
  assert.deepEqual(await stateOf(lease), { [node.id]: "stopped", [other.id]: "running" });
  assert.deepEqual(await eventsOf(lease), ["leases.held_by_node"]);
  const mails = control.ctx.db.selectFrom("mails").select("id").where("account_id", "=", lease.accountId);
  assert.equal((await mails.where("kind", "=", "leases.held_by_node").execute()).length, 1);

  await bound(node.id, "5000");
  for (let turn = 0; turn < 2; turn++) await keepNodeTraffic(control.ctx);
  assert.deepEqual(await stateOf(lease), { [node.id]: "running", [other.id]: "running" });
  assert.deepEqual(await eventsOf(lease), ["leases.held_by_node", "leases.let_run_by_node"]);
});

test("what its lease holds as well runs when the lease does; a lease that resumes too early is held again", async () => {
  const node = await onlineNode(control.ctx);
  await bound(node.id, "10");
  const { lease } = await soldLease(control);
  await use(node.id, lease, 11n);
  await keepNodeTraffic(control.ctx);
  await operator(leases.suspendLease, { leaseId: lease.id, reason: "test" });
  await operator(leases.resumeLease, { leaseId: lease.id });
  await keepNodeTraffic(control.ctx);
  assert.deepEqual(await stateOf(lease), { [node.id]: "stopped" });
  await operator(leases.suspendLease, { leaseId: lease.id, reason: "test" });
  await bound(node.id, null);
  await keepNodeTraffic(control.ctx);
  assert.deepEqual(await stateOf(lease), { [node.id]: "stopped" });
  await operator(leases.resumeLease, { leaseId: lease.id });
  await keepNodeTraffic(control.ctx);
  assert.deepEqual(await stateOf(lease), { [node.id]: "running" });
});
