import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { leases, orders, type ReplyOf } from "@berth/api";
import { type Digestible, digest } from "@berth/link";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { deadlocksOf } from "../../tests/support/database.ts";
import { nodeKey } from "../../tests/support/devices.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { batchOf, planOf, soldLease } from "../../tests/support/sales.ts";
import { bumpRevision } from "../fleet/index.ts";
import { transaction } from "../platform/context.ts";
import { desiredDigest, desiredSince, wholeDesired } from "./index.ts";

let control: TestControl;
let admin: Person;

before(async () => {
  control = await testControl();
  admin = await control.as("admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

type Lease = ReplyOf<typeof leases.getLease>;

interface Sent {
  readonly whole: boolean;
  readonly instances: readonly Digestible[];
  readonly removed: readonly string[];
}

/** A node's side: it takes what it is sent and knows what it then runs. */
class Follower {
  readonly nodeId: string;
  revision = 0n;
  readonly running = new Map<string, Digestible>();

  constructor(nodeId: string) {
    this.nodeId = nodeId;
  }

  async whole(): Promise<void> {
    this.#take(await wholeDesired(asNode(control.ctx, this.nodeId), this.nodeId));
  }

  /** Whether there was anything. */
  async follow(): Promise<boolean> {
    const change = await desiredSince(asNode(control.ctx, this.nodeId), this.nodeId, this.revision);
    if (!change) return false;
    assert.ok(change.revision > this.revision);
    this.#take(change);
    return true;
  }

  digest(): string {
    return digest(this.running.values());
  }

  #take({ revision, message }: { revision: bigint; message?: unknown }): void {
    const { whole, instances, removed } = (message as { value: Sent }).value;
    if (whole) this.running.clear();
    for (const id of removed) this.running.delete(id);
    for (const instance of instances) this.running.set(instance.id, instance);
    this.revision = revision;
  }
}

/** A lease with the follower of one of its nodes, who knows nothing yet. */
async function followed() {
  const { customer, lease } = await soldLease(control, { trafficBytes: "3000000000" });
  const [one] = lease.instances;
  if (!one) throw new Error("no instance");
  return { customer, lease, one, node: new Follower(one.nodeId) };
}

const specOf = (node: Follower, id: string) => JSON.parse(node.running.get(id)?.spec ?? "null");

describe("what a node should run", () => {
  test("is told whole: the spec with devices and identity, the generation and the allowance", async () => {
    const { customer, lease, one, node } = await followed();
    const device = await customer(leases.addDevice, { leaseId: lease.id, key: nodeKey(), name: "Laptop" });
    await node.whole();
    const instance = node.running.get(one.id);
    assert.equal(instance?.generation, BigInt(one.generation));
    assert.deepEqual(instance?.allowance, { ceilingBytes: 1_000_000_000n, untilMs: BigInt(Date.parse(lease.until)) });
    const { port, devices, derpKey, certificate, privateKey } = specOf(node, one.id);
    assert.deepEqual([port, devices], [one.port, [{ id: device.id, key: device.key }]]);
    assert.match(derpKey, /^privkey:/);
    assert.match(certificate + privateKey, /BEGIN CERTIFICATE.*BEGIN PRIVATE KEY/s);
    assert.equal(node.digest(), await desiredDigest(control.ctx, node.nodeId));
  });

  test("is told in changes: devices that come and go, and nothing when nothing changed", async () => {
    const { customer, lease, one, node } = await followed();
    await node.whole();
    assert.equal(await node.follow(), false);

    const device = await customer(leases.addDevice, { leaseId: lease.id, key: nodeKey(), name: "Laptop" });
    assert.equal(await node.follow(), true);
    assert.equal(specOf(node, one.id).devices.length, 1);
    await customer(leases.addDevice, { leaseId: lease.id, key: device.key, name: "Only another name" });
    assert.equal(await node.follow(), false);
    await customer(leases.removeDevice, { leaseId: lease.id, deviceId: device.id });
    assert.equal(await node.follow(), true);
    assert.deepEqual(specOf(node, one.id).devices, []);
  });

  test("is told as removed when it is suspended or ended, and comes back when it is resumed", async () => {
    const { lease, one, node } = await followed();
    await node.whole();
    assert.ok(node.running.has(one.id));
    await admin(leases.suspendLease, { leaseId: lease.id, reason: "x" });
    await node.follow();
    assert.ok(!node.running.has(one.id));
    const anew = new Follower(node.nodeId);
    await anew.whole();
    assert.ok(!anew.running.has(one.id));

    await admin(leases.resumeLease, { leaseId: lease.id });
    await node.follow();
    assert.ok((node.running.get(one.id)?.generation ?? 0n) > BigInt(one.generation));
    await admin(leases.endLease, { leaseId: lease.id, reason: "x" });
    await node.follow();
    assert.ok(!node.running.has(one.id));
    assert.equal(node.digest(), await desiredDigest(control.ctx, node.nodeId));
  });

  test("is only its own", async () => {
    const { one, lease, node } = await followed();
    await node.whole();
    const others = lease.instances.filter(({ id }) => id !== one.id);
    assert.ok(others.every(({ id }) => !node.running.has(id)));
  });
});

describe("changes that are made at the same time", () => {
  test("become visible in the order of their revisions, however late one commits", async () => {
    const { lease, one, node } = await followed();
    await node.whole();
    const begun = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const early = transaction(control.ctx, async (ctx) => {
      const revision = await bumpRevision(ctx, one.nodeId);
      await ctx.db.updateTable("instances").set({ revision, ceiling_bytes: 5n }).where("id", "=", one.id).execute();
      begun.resolve();
      await commit.promise;
    });
    await begun.promise;
    const late = admin(leases.addDevice, { leaseId: lease.id, key: nodeKey(), name: "Late" });
    await someoneWaits();
    assert.equal(await node.follow(), false);
    commit.resolve();
    await Promise.all([early, late]);
    await node.follow();
    assert.equal(node.running.get(one.id)?.allowance?.ceilingBytes, 5n);
    assert.equal(specOf(node, one.id).devices.length, 1);
    assert.equal(await node.follow(), false);
  });

  test("all reach whoever follows, who in the end holds what whoever asks for all would", async () => {
    const operator = await control.as("super_admin");
    const plan = await planOf(operator);
    const { codes } = await batchOf(control, operator, { planId: plan.id, count: 8 });
    const nodes = (await control.ctx.db.selectFrom("nodes").select("id").execute()).map(({ id }) => new Follower(id));
    for (const node of nodes) await node.whole();

    let isStormy = true;
    const follow = async (node: Follower) => {
      let changes = 0;
      while (isStormy) changes += (await node.follow()) ? 1 : 0;
      await node.follow();
      return changes;
    };
    const following = nodes.map(follow);
    await Promise.all(codes.map((code, index) => live(code, index)));
    isStormy = false;
    const changes = await Promise.all(following);

    assert.ok(
      changes.every((count) => count > 10),
      changes.join(" "),
    );
    for (const node of nodes) {
      assert.equal(await node.follow(), false);
      assert.equal(node.digest(), await desiredDigest(control.ctx, node.nodeId));
    }
    assert.equal(await deadlocksOf(control.database), 0);
  });
});

/** Resolves once a connection waits for a row that another one holds. */
async function someoneWaits(): Promise<void> {
  const query = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  for (let rows = 0; rows === 0; ) rows = (await control.database.pool.query(query)).rowCount ?? 0;
}

/** What happens to one lease, one after the other: it is bought, used, suspended, and every second one is ended. */
async function live(code: string, index: number): Promise<void> {
  const customer = await control.as("customer", `198.51.100.${index}`);
  const { lease } = await customer(orders.redeemSerial, { code });
  const leaseId: Lease["id"] = lease.id;
  for (let turn = 0; turn < 4; turn++) {
    const device = await customer(leases.addDevice, { leaseId, key: nodeKey(), name: `Device ${turn}` });
    if (turn % 2) await customer(leases.removeDevice, { leaseId, deviceId: device.id });
    await admin(leases.suspendLease, { leaseId, reason: "x" });
    if (turn < 3 || index % 4) await admin(leases.resumeLease, { leaseId });
  }
  if (index % 2) await admin(leases.endLease, { leaseId, reason: "x" });
}
