import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { derp, type InputOf, leases, metering, type ReplyOf } from "@berth/api";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { deadlocksOf } from "../../tests/support/database.ts";
import { nodeKey } from "../../tests/support/devices.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { takeKnocks, takePhases } from "./index.ts";

let control: TestControl;
let admin: Person;

before(async () => {
  control = await testControl();
  admin = await control.as("admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

type Lease = ReplyOf<typeof leases.getLease>;

const reason = "asked for";
const addDevice = (person: Person, leaseId: Lease["id"], input: Partial<InputOf<typeof leases.addDevice>> = {}) =>
  person(leases.addDevice, { leaseId, key: nodeKey(), name: "Laptop", ...input });

describe("a lease of another account", () => {
  test("does not exist, on any route", async () => {
    const { customer, lease } = await soldLease(control);
    const device = await addDevice(customer, lease.id);
    const [leaseId, deviceId] = [lease.id, device.id];
    const stranger = await control.as("customer");
    const distributor = await control.as("distributor");
    for (const person of [stranger, distributor]) {
      for (const call of [
        () => person(leases.getLease, { leaseId }),
        () => person(leases.listDevices, { leaseId }),
        () => person(leases.listKnocks, { leaseId }),
        () => person(leases.removeDevice, { leaseId, deviceId }),
        () => addDevice(person, leaseId),
        () => person(derp.getConfiguration, { leaseId }),
        () => person(derp.rotateConfiguration, { leaseId }),
      ]) {
        assert.equal(await refusalOf(call()), "404 leases.not_found");
      }
      for (const call of [
        () => person(leases.suspendLease, { leaseId, reason }),
        () => person(leases.resumeLease, { leaseId }),
        () => person(leases.endLease, { leaseId, reason }),
      ]) {
        assert.equal(await refusalOf(call()), "403 accounts.not_permitted");
      }
      assert.deepEqual((await person(leases.listLeases, {})).items, []);
      assert.deepEqual((await person(leases.listLeases, { accountId: customer.accountId })).items, []);
      const range = { from: "2020-01-01T00:00:00Z", to: "2040-01-01T00:00:00Z", step: "day", leaseId } as const;
      assert.deepEqual(await person(metering.getUsage, range), { totalBytes: "0", buckets: [] });
    }
    assert.equal((await customer(leases.listDevices, { leaseId })).items.length, 1);
    assert.equal(await refusalOf(control.anonymous(leases.getLease, { leaseId })), "401 accounts.sign_in");
  });

  test("is open to staff, who find it by account and state", async () => {
    const { customer, lease } = await soldLease(control);
    const { accountId } = customer;
    assert.deepEqual(await admin(leases.getLease, { leaseId: lease.id }), lease);
    assert.deepEqual((await admin(leases.listLeases, { accountId, state: "active" })).items, [lease]);
    assert.deepEqual((await admin(leases.listLeases, { accountId, state: "ended" })).items, []);
    const device = await addDevice(admin, lease.id);
    await admin(leases.removeDevice, { leaseId: lease.id, deviceId: device.id });
    const events = control.ctx.db
      .selectFrom("events")
      .select(["name", "account_id", "actor"])
      .where("lease_id", "=", lease.id);
    for (const name of ["devices.registered", "devices.removed"]) {
      const event = (await events.execute()).find((event) => event.name === name);
      assert.deepEqual(event, { name, account_id: accountId, actor: admin.accountId });
    }
  });
});

describe("a lease", () => {
  test("is suspended and resumed by staff: it keeps ports and room, and counts anew", async () => {
    const { customer, lease } = await soldLease(control);
    const suspended = await admin(leases.suspendLease, { leaseId: lease.id, reason });
    assert.deepEqual([suspended.state, suspended.suspendedFor], ["suspended", "staff"]);
    assert.ok(suspended.instances.every(({ desired }) => desired === "stopped"));

    const resumed = await admin(leases.resumeLease, { leaseId: lease.id });
    assert.deepEqual([resumed.state, resumed.suspendedFor], ["active", null]);
    for (const [index, instance] of resumed.instances.entries()) {
      const before = lease.instances[index];
      assert.deepEqual([instance.desired, instance.phase, instance.port], ["running", "pending", before?.port]);
      assert.ok(BigInt(instance.generation) > BigInt(before?.generation ?? 0));
    }
    assert.deepEqual(await customer(leases.getLease, { leaseId: lease.id }), resumed);
  });

  test("that was ended is over: its ports and room are free, and nothing brings it back", async () => {
    const { customer, lease } = await soldLease(control);
    const device = await addDevice(customer, lease.id);
    const rooms = await roomOf(lease);
    const ended = await admin(leases.endLease, { leaseId: lease.id, reason });
    assert.deepEqual([ended.state, ended.instances], ["ended", []]);
    assert.deepEqual(
      await roomOf(lease),
      rooms.map((count) => count - 1),
    );
    const rows = await control.ctx.db.selectFrom("instances").selectAll().where("lease_id", "=", lease.id).execute();
    assert.ok(rows.every(({ port, desired, released_at }) => port === null && desired === "released" && released_at));

    const leaseId = lease.id;
    assert.equal(await refusalOf(admin(leases.endLease, { leaseId, reason })), "409 leases.wrong_state");
    assert.equal(await refusalOf(admin(leases.suspendLease, { leaseId, reason })), "409 leases.wrong_state");
    assert.equal(await refusalOf(admin(leases.resumeLease, { leaseId })), "409 leases.wrong_state");
    assert.equal(await refusalOf(addDevice(customer, leaseId)), "409 leases.over");
    assert.deepEqual(await customer(leases.removeDevice, { leaseId, deviceId: device.id }), { removed: true });
  });

  test("refuses what its state does not allow", async () => {
    const { lease } = await soldLease(control);
    const leaseId = lease.id;
    assert.equal(await refusalOf(admin(leases.resumeLease, { leaseId })), "409 leases.wrong_state");
    await admin(leases.suspendLease, { leaseId, reason });
    assert.equal(await refusalOf(admin(leases.suspendLease, { leaseId, reason })), "409 leases.wrong_state");
    assert.equal((await admin(leases.endLease, { leaseId, reason })).state, "ended");
    const missing = `lease_${"0".repeat(26)}` as const;
    assert.equal(await refusalOf(admin(leases.endLease, { leaseId: missing, reason })), "404 leases.not_found");
  });

  test("that many end at once is ended once", async () => {
    const { lease } = await soldLease(control);
    const rooms = await roomOf(lease);
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) =>
        index % 2
          ? admin(leases.endLease, { leaseId: lease.id, reason })
          : admin(leases.suspendLease, { leaseId: lease.id, reason }),
      ),
    );
    const granted = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.state] : []));
    assert.equal(granted.filter((state) => state === "ended").length, 1);
    assert.deepEqual(
      await roomOf(lease),
      rooms.map((count) => count - 1),
    );
  });
});

async function roomOf(lease: Lease): Promise<number[]> {
  const ids = lease.instances.map(({ nodeId }) => nodeId);
  const rows = await control.ctx.db
    .selectFrom("nodes")
    .select("instances")
    .where("id", "in", ids)
    .orderBy("id")
    .execute();
  return rows.map(({ instances }) => instances);
}

describe("devices", () => {
  test("are as many as the lease allows, however many come at once", async () => {
    const { customer, lease } = await soldLease(control, { devices: 3 });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => addDevice(customer, lease.id)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 3);
    for (const result of results)
      if (result.status === "rejected") assert.equal(result.reason.problem?.code, "devices.too_many");

    const { items } = await customer(leases.listDevices, { leaseId: lease.id });
    assert.equal(items.length, 3);
    assert.equal(await refusalOf(addDevice(customer, lease.id)), "409 devices.too_many");
    const renamed = await addDevice(customer, lease.id, { key: items[0]?.key as string, name: "Other name" });
    assert.deepEqual([renamed.id, renamed.name], [items[0]?.id, "Other name"]);

    await customer(leases.removeDevice, { leaseId: lease.id, deviceId: items[1]?.id as `device_${string}` });
    const again = await addDevice(customer, lease.id, { key: items[1]?.key as string });
    assert.notEqual(again.id, items[1]?.id);
    assert.equal((await customer(leases.listDevices, { leaseId: lease.id })).items.length, 3);
  });

  test("have a key that their kind of service knows", async () => {
    const { customer, lease } = await soldLease(control);
    for (const key of [
      "",
      "x",
      "nodekey:",
      `nodekey:${"g".repeat(64)}`,
      `nodekey:${"0".repeat(63)}`,
      `mkey:${"0".repeat(64)}`,
    ]) {
      assert.match(await refusalOf(addDevice(customer, lease.id, { key })), /^400 derp\.bad_key$/, key);
    }
    const key = `nodekey:${"ab".repeat(32)}`;
    const device = await addDevice(customer, lease.id, { key: ` ${key}\n` });
    assert.equal(device.key, key);
    assert.equal(
      (await addDevice(customer, lease.id, { key: key.replace(/ab/g, "AB") }).catch(() => device)).id,
      device.id,
    );
    assert.equal(await refusalOf(addDevice(customer, lease.id, { name: " " })), "400 http.invalid");
    assert.equal(await refusalOf(addDevice(customer, lease.id, { name: "a\nb" })), "400 http.invalid");
  });

  test("may use several leases with one key, and are removed from one at a time", async () => {
    const [one, two] = [await soldLease(control), await soldLease(control)];
    const key = nodeKey();
    const device = await addDevice(one.customer, one.lease.id, { key });
    await addDevice(two.customer, two.lease.id, { key });
    const remove = (leaseId: Lease["id"]) => one.customer(leases.removeDevice, { leaseId, deviceId: device.id });
    assert.equal(await refusalOf(remove(two.lease.id)), "404 leases.not_found");
    assert.deepEqual(await remove(one.lease.id), { removed: true });
    assert.equal(await refusalOf(remove(one.lease.id)), "404 devices.not_found");
    assert.equal((await two.customer(leases.listDevices, { leaseId: two.lease.id })).items.length, 1);
  });
});

describe("knocks", () => {
  const knock = (instanceId: string, key: string, atMs: number, address = "203.0.113.5") =>
    ({ instanceId, key, address, atMs: BigInt(atMs) }) as never;

  test("are counted by key, shown newest first, and gone once the key is admitted", async () => {
    const { customer, lease } = await soldLease(control);
    const [instance] = lease.instances;
    const [early, late] = [nodeKey(), nodeKey()];
    const now = control.ctx.now().getTime();
    const { nodeId = "", id = "" } = instance ?? {};
    await takeKnocks(asNode(control.ctx, nodeId), nodeId, [
      knock(id, early, now - 9_000),
      knock(id, late, now - 8_000),
    ]);
    await takeKnocks(asNode(control.ctx, nodeId), nodeId, [
      knock(id, early, now - 5_000),
      knock(id, late, now + 3_600_000),
    ]);

    const { items } = await customer(leases.listKnocks, { leaseId: lease.id });
    assert.deepEqual(
      items.map(({ key, count }) => [key, count]),
      [
        [late, "2"],
        [early, "2"],
      ],
    );
    assert.equal(Date.parse(items[1]?.firstAt ?? ""), now - 9_000);
    assert.ok(Date.parse(items[0]?.lastAt ?? "") <= control.ctx.now().getTime());

    await addDevice(customer, lease.id, { key: early });
    await takeKnocks(asNode(control.ctx, nodeId), nodeId, [knock(id, early, now)]);
    assert.deepEqual(
      (await customer(leases.listKnocks, { leaseId: lease.id })).items.map(({ key }) => key),
      [late],
    );
  });

  test("are a hundred at the most, the newest; and only of a node's own instances", async () => {
    const { customer, lease } = await soldLease(control);
    const [one, other] = lease.instances;
    const now = control.ctx.now().getTime();
    const keys = Array.from({ length: 130 }, nodeKey);
    const { nodeId = "", id = "" } = one ?? {};
    await takeKnocks(
      asNode(control.ctx, nodeId),
      nodeId,
      keys.map((key, index) => knock(id, key, now - 1_000 + index)),
    );
    await takeKnocks(asNode(control.ctx, nodeId), nodeId, [
      knock(other?.id ?? "", nodeKey(), now),
      knock("instance_x", nodeKey(), now),
    ]);
    const { items } = await customer(leases.listKnocks, { leaseId: lease.id });
    assert.deepEqual(
      items.map(({ key }) => key),
      keys.slice(30).reverse(),
    );
  });
});

const phase = (instanceId: string, generation: string, phase: string, reason = "") =>
  ({ instanceId, generation: BigInt(generation), phase, reason }) as never;

describe("what a node says about its instances", () => {
  test("counts for its own, at the generation they have", async () => {
    const { customer, lease } = await soldLease(control);
    const [one, other] = lease.instances;
    if (!one || !other) throw new Error("no instances");
    const say = (...phases: never[]) => takePhases(asNode(control.ctx, one.nodeId), one.nodeId, phases);
    const phases = async () =>
      (await customer(leases.getLease, { leaseId: lease.id })).instances.map(({ phase }) => phase);

    await say(phase(one.id, one.generation, "running"), phase(other.id, other.generation, "running"));
    assert.deepEqual((await phases()).sort(), ["pending", "pending", "running"]);
    await say(phase(one.id, String(BigInt(one.generation) - 1n), "failed"), phase(one.id, one.generation, "nonsense"));
    assert.deepEqual((await phases()).sort(), ["pending", "pending", "running"]);
    await say(phase(one.id, one.generation, "failed", "driver_failed"));
    await say(phase(one.id, one.generation, "failed", "driver_failed"));
    const failures = control.ctx.db.selectFrom("events").select("data").where("name", "=", "leases.instance_failed");
    const data = (await failures.where("lease_id", "=", lease.id).execute()).map(({ data }) => data);
    assert.deepEqual(data, [{ instanceId: one.id, reason: "driver_failed" }]);
  });

  test("gives an instance another port and generation when its own is taken there", async () => {
    const { customer, lease } = await soldLease(control, { trafficBytes: "3000000000" });
    const [one] = lease.instances;
    if (!one) throw new Error("no instance");
    await control.ctx.db
      .updateTable("instances")
      .set({ used_bytes: 2_000_000_000n })
      .where("id", "=", one.id)
      .execute();
    await takePhases(asNode(control.ctx, one.nodeId), one.nodeId, [
      phase(one.id, one.generation, "failed", "port_in_use"),
    ]);
    const after = (await customer(leases.getLease, { leaseId: lease.id })).instances.find(({ id }) => id === one.id);
    assert.ok(after?.port && after.port !== one.port);
    assert.ok(BigInt(after.generation) > BigInt(one.generation));
    assert.deepEqual([after.phase, after.usedBytes, after.ceilingBytes], ["pending", "0", "0"]);
  });

  test("deadlocks with nobody who changes the lease meanwhile", async () => {
    const { lease } = await soldLease(control);
    const [one] = lease.instances;
    if (!one) throw new Error("no instance");
    const failed = async () => {
      for (let turn = 0; turn < 10; turn++) {
        const row = await control.ctx.db
          .selectFrom("instances")
          .select("generation")
          .where("id", "=", one.id)
          .executeTakeFirstOrThrow();
        await takePhases(asNode(control.ctx, one.nodeId), one.nodeId, [
          phase(one.id, String(row.generation), "failed", "port_in_use"),
        ]);
      }
    };
    const change = async () => {
      for (let turn = 0; turn < 10; turn++) {
        await admin(leases.suspendLease, { leaseId: lease.id, reason });
        await admin(leases.resumeLease, { leaseId: lease.id });
      }
    };
    await Promise.all([failed(), failed(), change()]);
    assert.equal(await deadlocksOf(control.database), 0);
  });
});
