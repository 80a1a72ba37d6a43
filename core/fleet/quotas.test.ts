import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type CallOf, customRoles, fleet, staff } from "@berth/api";
import { dayMs, newId } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { keepPartitions, takeReadings } from "../metering/index.ts";
import { noteUse } from "./count-use.ts";
import { greetNode } from "./index.ts";
import { trafficSince } from "./node.ts";

type NodeId = `node_${string}`;

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

const edit = (nodeId: string, change: Omit<CallOf<typeof fleet.editNode>, "nodeId">) =>
  operator(fleet.editNode, { nodeId: nodeId as NodeId, ...change });
const show = (nodeId: string) => operator(fleet.getNode, { nodeId: nodeId as NodeId });
const noCapacity = "429 leases.no_capacity";

/** Bytes counted for the customer of a lease's only instance. */
async function use(nodeId: string, instance: { id: string; generation: string }, bytes: bigint): Promise<void> {
  await keepPartitions(control.ctx);
  const reading = { instanceId: instance.id, generation: BigInt(instance.generation), run: newId("run") };
  await takeReadings(asNode(control.ctx, nodeId), nodeId, [
    { ...reading, subject: "", meter: "bytes", value: bytes } as never,
  ]);
}

test("people name a node, place it and say whose it is; what is left out stays", async () => {
  const node = await onlineNode(control.ctx);
  const edited = await edit(node.id, {
    name: "fra-7",
    region: "eu",
    labels: ["ssd", "ssd"],
    country: "DE",
    city: "Kassel",
  });
  assert.deepEqual([edited.name, edited.region, edited.labels], ["fra-7", "eu", ["ssd"]]);
  assert.deepEqual([edited.country, edited.city, edited.isLocationByHand], ["DE", "Kassel", true]);
  const other = await edit(node.id, { city: null });
  assert.deepEqual([other.name, other.country, other.city, other.isLocationByHand], ["fra-7", "DE", null, true]);
  assert.equal((await edit(node.id, { country: null })).isLocationByHand, false);
  const second = await onlineNode(control.ctx);
  assert.equal(await refusalOf(edit(second.id, { name: "FRA-7" })), "409 fleet.name_taken");
  const customer = await control.as("customer");
  const asked = customer(fleet.editNode, { nodeId: node.id as NodeId, name: "mine" });
  assert.equal(await refusalOf(asked), "403 accounts.not_permitted");
});

test("many nodes are edited at once, each by itself", async () => {
  const [one, other] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
  await edit(other.id, { name: "taken already" });
  const items = [
    { nodeId: one.id as NodeId, region: "sgp", labels: ["hdd"] },
    { nodeId: one.id as NodeId, name: "taken already" },
  ];
  const { items: answers } = await operator(fleet.editNodes, { items });
  assert.deepEqual(
    answers.map((answer) => (answer.ok ? answer.reply.region : answer.problem.code)),
    ["sgp", "fleet.name_taken"],
  );
});

test("a node is placed by its address, offline, until somebody places it by hand", async () => {
  const node = await onlineNode(control.ctx);
  const greet = async (address: string) => {
    const hello = { version: "0.1.0", capabilities: [], addresses: [address], portFrom: 20_000, portTo: 20_100 };
    const more = { stunPort: 0, revision: 0n, digest: "", cores: 2, memoryBytes: 1n, region: "" };
    await greetNode(asNode(control.ctx, node.id), node.id, { ...hello, ...more } as never, "::ffff:127.0.0.1");
    return (await show(node.id)).country;
  };
  assert.equal(await greet("192.168.7.7"), null);
  assert.equal(await greet("8.8.8.8"), "US");
  await edit(node.id, { country: "DE", city: "Kassel" });
  assert.equal(await greet("8.8.8.8"), "DE");
});

test("whose account at the host it is lies sealed, and is shown to who may change nodes", async () => {
  const node = await onlineNode(control.ctx);
  await edit(node.id, { cloudAccount: "+49 170 1234567" });
  assert.equal((await show(node.id)).cloudAccount, "+49 170 1234567");
  const { rows } = await control.database.pool.query(
    "select (select string_agg(n::text, ' ') from nodes n) || (select string_agg(e::text, ' ') from events e) as text",
  );
  assert.ok(!rows[0].text.includes("1234567") && !rows[0].text.includes(Buffer.from("1234567").toString("hex")));
  const watcher = await operator(customRoles.createRole, {
    name: "Watcher",
    base: "customer",
    permissions: ["nodes.read"],
  });
  const reader = await control.as("customer");
  await operator(staff.assignRole, {
    accountId: reader.accountId as `account_${string}`,
    role: watcher.id as `role_${string}`,
  });
  assert.equal((await reader(fleet.getNode, { nodeId: node.id as NodeId })).cloudAccount, null);
  assert.equal((await edit(node.id, { cloudAccount: null })).cloudAccount, null);
  assert.equal((await show(node.id)).cloudAccount, null);
});

test("a month begins on the reset day, in UTC", () => {
  const since = (day: number, now: string) => trafficSince(day, new Date(now)).toISOString().slice(0, 10);
  assert.equal(since(1, "2026-03-01T00:00:00Z"), "2026-03-01");
  assert.equal(since(15, "2026-03-14T23:59:59Z"), "2026-02-15");
  assert.equal(since(15, "2026-03-15T00:00:00Z"), "2026-03-15");
  assert.equal(since(28, "2026-01-05T00:00:00Z"), "2025-12-28");
});

test("nothing new is placed on a node whose month is used up, from the byte that did it until the next begins", async () => {
  const node = await onlineNode(control.ctx);
  const trafficResetDay = ((control.ctx.now().getUTCDate() + 1) % 28) + 1;
  await edit(node.id, { trafficBytesMost: "1000", trafficResetDay });
  const { lease } = await soldLease(control);
  const [instance] = lease.instances;
  assert.ok(instance);
  await use(node.id, instance, 999n);
  await soldLease(control);
  await use(node.id, instance, 1n);
  assert.equal(await refusalOf(soldLease(control)), noCapacity);

  await noteUse(control.ctx);
  await noteUse(control.ctx);
  const { traffic } = await show(node.id);
  assert.deepEqual(traffic, { mostBytes: "1000", usedBytes: "1000", leftBytes: "0", resetDay: trafficResetDay });
  const told = control.ctx.db.selectFrom("events").select("name").where("node_id", "=", node.id);
  assert.equal((await told.where("name", "=", "fleet.traffic_used").execute()).length, 1);

  const now = control.ctx.now();
  const next = trafficSince(trafficResetDay, new Date(now.getTime() + 28 * dayMs));
  const later = next > now ? next : trafficSince(trafficResetDay, new Date(now.getTime() + 32 * dayMs));
  control.advance(later.getTime() - now.getTime());
  await control.ctx.db.updateTable("nodes").set({ state: "online" }).where("id", "=", node.id).execute();
  await soldLease(control);
});

test("the last customer of a node is taken once, however many come at once", async () => {
  const node = await onlineNode(control.ctx);
  await edit(node.id, { customersMost: 2 });
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => soldLease(control)));
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 2);
  await noteUse(control.ctx);
  assert.equal((await show(node.id)).customers, 2);
});

test("nothing new is placed on a node that is as busy as it may be, or has as many instances", async () => {
  const node = await onlineNode(control.ctx, { out_bytes_per_second: 5_000 });
  await edit(node.id, { bytesPerSecondMost: "5000" });
  assert.equal(await refusalOf(soldLease(control)), noCapacity);
  await edit(node.id, { bytesPerSecondMost: null, instancesMost: 1 });
  await soldLease(control);
  assert.equal(await refusalOf(soldLease(control)), noCapacity);
  assert.equal(await refusalOf(edit(node.id, { instancesMost: 0 })), "409 fleet.more_there");
});
