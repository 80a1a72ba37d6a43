import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { leases, metering, type ReplyOf } from "@berth/api";
import { dayMs, minuteMs } from "@berth/kit";
import type { Reading } from "@berth/link";
import fc from "fast-check";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { deadlocksOf } from "../../tests/support/database.ts";
import { nodeKey } from "../../tests/support/devices.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { addUsage } from "../leases/index.ts";
import { slice } from "../leases/lease.ts";
import { takeReadings, verifyUsage } from "./index.ts";
import { keepPartitions } from "./partitions.ts";

let control: TestControl;
let admin: Person;

before(async () => {
  control = await testControl();
  admin = await control.as("admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

type Lease = ReplyOf<typeof leases.getLease>;
type Instance = Lease["instances"][number];
type Count = Omit<Reading, "$typeName" | "$unknown">;

const reading = (instance: Instance, change: Partial<Count> = {}): Count => ({
  instanceId: instance.id,
  generation: BigInt(instance.generation),
  run: "run-1",
  subject: "",
  meter: "bytes",
  value: 1n,
  ...change,
});

const take = (nodeId: string, ...readings: Count[]) =>
  takeReadings(asNode(control.ctx, nodeId), nodeId, readings as Reading[]);

const leaseOf = (leaseId: Lease["id"]) => admin(leases.getLease, { leaseId });

/** A lease with a device, whose instances were given out three generations each. */
async function measured(change: Parameters<typeof soldLease>[1] = {}) {
  const { customer, lease: bought } = await soldLease(control, change);
  const device = await customer(leases.addDevice, { leaseId: bought.id, key: nodeKey(), name: "Laptop" });
  return { customer, device, leaseId: bought.id, lease: bought, instances: bought.instances };
}

async function renew(leaseId: Lease["id"]): Promise<readonly Instance[]> {
  await admin(leases.suspendLease, { leaseId, reason: "x" });
  return (await admin(leases.resumeLease, { leaseId })).instances;
}

/** What each account of a lease's bytes says. */
async function totalsOf(leaseId: Lease["id"]) {
  const sum = async (table: string) => {
    const { rows } = await control.database.pool.query(
      `select coalesce(sum(value), 0)::bigint as sum from ${table} where meter = 'bytes' and lease_id = $1`,
      [leaseId],
    );
    return rows[0].sum as bigint;
  };
  const { rows } = await control.database.pool.query(
    "select coalesce(sum(value), 0)::bigint as sum from readings join instances i on i.id = instance_id where meter = 'bytes' and lease_id = $1",
    [leaseId],
  );
  const leases = control.ctx.db.selectFrom("leases").select("used_bytes").where("id", "=", leaseId);
  const lease = await leases.executeTakeFirstOrThrow();
  return {
    readings: rows[0].sum as bigint,
    minutes: await sum("usage_5m"),
    hours: await sum("usage_hourly"),
    days: await sum("usage_daily"),
    lease: lease.used_bytes,
  };
}

const all = (bytes: bigint) => ({ readings: bytes, minutes: bytes, hours: bytes, days: bytes, lease: bytes });

/** Sends counters of one lease, and remembers the greatest value of each. */
class Reporter {
  readonly #generations: readonly (readonly Instance[])[];
  readonly #greatest = new Map<string, bigint>();

  /** The lease's instances at each of the generations they were given, in the same order. */
  constructor(generations: readonly (readonly Instance[])[]) {
    this.#generations = generations;
  }

  /** One report of each node. */
  async send(counters: readonly Counter[]): Promise<void> {
    for (const [at, { nodeId }] of (this.#generations[0] ?? []).entries()) {
      const readings = counters.filter((counter) => counter.at === at).map((counter) => this.#toReading(counter));
      await take(nodeId, ...readings);
      for (const one of readings) this.#remember(one);
    }
  }

  /** Of the counters whose name begins so. */
  sum(begin = ""): bigint {
    const names = [...this.#greatest].filter(([name]) => name.startsWith(begin));
    return names.reduce((sum, [, value]) => sum + value, 0n);
  }

  #toReading({ at, generation, ...rest }: Counter): Count {
    return reading(this.#generations[generation]?.[at] as Instance, rest);
  }

  #remember({ instanceId, generation, run, subject, meter, value }: Count): void {
    const name = [instanceId, generation, run, subject].join(" ");
    if (meter === "bytes" && value > (this.#greatest.get(name) ?? 0n)) this.#greatest.set(name, value);
  }
}

type Counter = Omit<Count, "instanceId" | "generation"> & { readonly at: number; readonly generation: number };

/** Reports for two streams, some of which are sent again later, as after a lost answer. */
const reportsOf = (deviceId: string) => {
  const counter: fc.Arbitrary<Counter> = fc.record({
    at: fc.nat(2),
    generation: fc.nat(2),
    run: fc.constantFrom("run-1", "run-2", "run-3"),
    subject: fc.constantFrom("", deviceId),
    meter: fc.constantFrom("bytes", "bytes", "seconds"),
    value: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  });
  const report = fc.record({
    stream: fc.nat(1),
    counters: fc.array(counter, { maxLength: 8 }),
    isRepeated: fc.boolean(),
  });
  return fc.array(report, { maxLength: 8 });
};

describe("counters", () => {
  test("add up to their greatest values, however reports are split, repeated, lost, reordered and interleaved", async () => {
    const { device, leaseId, instances: first } = await measured();
    const second = await renew(leaseId);
    const third = await renew(leaseId);
    const reporter = new Reporter([first, second, third]);
    await fc.assert(
      fc.asyncProperty(reportsOf(device.id), async (reports) => {
        const stream = async (number: number) => {
          const own = reports.filter((report) => report.stream === number);
          for (const { counters } of own) await reporter.send(counters);
          for (const { counters } of own.reverse().filter(({ isRepeated }) => isRepeated))
            await reporter.send(counters);
        };
        control.advance(minuteMs);
        await Promise.all([stream(0), stream(1), stream(0)]);
        assert.deepEqual(await totalsOf(leaseId), all(reporter.sum()));
      }),
      { numRuns: 20, endOnFailure: true },
    );
    assert.equal((await verifyUsage(control.ctx)).problem, undefined);
    assert.equal(await deadlocksOf(control.database), 0);
    for (const { id, generation, usedBytes } of (await leaseOf(leaseId)).instances) {
      assert.equal(usedBytes, String(reporter.sum(`${id} ${generation} `)));
    }
  });

  test("count only for what a node was given: own instances, their generations, their lease's devices", async () => {
    const { leaseId, instances } = await measured();
    const stranger = await measured();
    const [one, other] = instances as [Instance, Instance];
    const future = BigInt(one.generation) + 1_000n;
    await take(one.nodeId, reading(other), reading({ ...one, id: "instance_0" as Instance["id"] }));
    await take(one.nodeId, reading(one, { generation: future }), reading(one, { subject: stranger.device.id }));
    await take("node_unknown", reading(one));
    assert.deepEqual(await totalsOf(leaseId), all(0n));
    assert.equal(
      (await control.ctx.db.selectFrom("readings").select("run").where("instance_id", "=", one.id).execute()).length,
      0,
    );
  });

  test("without proper form are left out and spoil no others", async () => {
    const { leaseId, instances } = await measured();
    const [one] = instances as [Instance];
    const wrong: Partial<Count>[] = [
      { run: "" },
      { run: "r".repeat(65) },
      { run: "a\0b" },
      { subject: "\0" },
      { instanceId: "\0" },
      { subject: "s".repeat(65) },
      { meter: "teapots" },
      { value: 2n ** 64n - 1n },
      { value: 2n ** 62n, run: "huge" },
      { value: 2n ** 62n - 1n, run: "huger" },
      { generation: 2n ** 64n - 1n },
    ];
    await take(one.nodeId, ...wrong.map((change) => reading(one, change)), reading(one, { value: 7n }));
    assert.deepEqual(await totalsOf(leaseId), all(7n));
  });
});

describe("usage", () => {
  test("of devices that were removed counts on, and so does that of leases that are over", async () => {
    const { customer, device, leaseId, instances } = await measured();
    const [one] = instances as [Instance];
    await take(one.nodeId, reading(one, { subject: device.id, value: 10n }));
    await customer(leases.removeDevice, { leaseId, deviceId: device.id });
    await take(one.nodeId, reading(one, { subject: device.id, value: 25n }));
    await admin(leases.endLease, { leaseId, reason: "x" });
    await take(one.nodeId, reading(one, { subject: device.id, value: 30n }));
    assert.deepEqual(await totalsOf(leaseId), all(30n));
  });

  test("is shown over time, by device and by node, to those whose it is", async () => {
    const { customer, device, leaseId, instances } = await measured();
    const [one, other] = instances as [Instance, Instance];
    const from = new Date(control.ctx.now().getTime() - dayMs).toISOString();
    await take(one.nodeId, reading(one, { subject: device.id, value: 10n }));
    await take(other.nodeId, reading(other, { value: 5n }));
    control.advance(dayMs);
    await take(one.nodeId, reading(one, { subject: device.id, value: 110n }));
    const to = new Date(control.ctx.now().getTime() + dayMs).toISOString();

    const usage = (by: "total" | "device" | "node", step: "5m" | "hour" | "day" = "day") =>
      customer(metering.getUsage, { step, from, to, leaseId, by });
    for (const step of ["5m", "hour", "day"] as const) {
      const { totalBytes, buckets } = await usage("total", step);
      assert.deepEqual([totalBytes, buckets.map(({ bytes }) => bytes)], ["115", ["15", "100"]], step);
    }
    const byDevice = (await usage("device")).buckets.map(({ of, bytes }) => [of, bytes]);
    assert.deepEqual(byDevice, [
      ["", "5"],
      [device.id, "10"],
      [device.id, "100"],
    ]);
    assert.equal((await usage("node")).buckets.length, 3);
    assert.equal((await customer(leases.listDevices, { leaseId })).items[0]?.usedBytes, "110");
  });
});

describe("a quota", () => {
  test("that a node's report crosses suspends the lease in that same call", async () => {
    const { leaseId, instances } = await measured({ trafficBytes: "1000" });
    const [one, other] = instances as [Instance, Instance];
    await take(one.nodeId, reading(one, { value: 600n }));
    assert.equal((await leaseOf(leaseId)).state, "active");
    await take(other.nodeId, reading(other, { value: 400n }));
    const lease = await leaseOf(leaseId);
    assert.deepEqual([lease.state, lease.suspendedFor, lease.usedBytes], ["suspended", "quota", "1000"]);
    await take(one.nodeId, reading(one, { value: 650n }));
    assert.equal((await leaseOf(leaseId)).usedBytes, "1050");
    const events = control.ctx.db.selectFrom("events").select("actor").where("name", "=", "leases.suspended");
    assert.match((await events.where("lease_id", "=", leaseId).executeTakeFirstOrThrow()).actor, /^system:/);
  });

  test("is never put whole into more hands than there are bytes left; ceilings rise with use until it is used up", async () => {
    const mib = 2n ** 20n;
    const quota = 2_000n * mib;
    const use = fc.record({ at: fc.nat(2), mib: fc.integer({ min: 1, max: 300 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(use, { minLength: 5, maxLength: 25 }), async (uses) => {
        const { leaseId, instances } = await measured({ trafficBytes: String(quota) });
        const counted = [0n, 0n, 0n];
        for (const { at, mib: amount } of uses) {
          const instance = instances[at] as Instance;
          counted[at] = (counted[at] ?? 0n) + BigInt(amount) * mib;
          await take(instance.nodeId, reading(instance, { value: counted[at] }));
          requireSoundAllowances(await leaseOf(leaseId));
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  test("of instances that begin a new generation while they are counted is kept by generation", async () => {
    const { leaseId, instances } = await measured({ trafficBytes: String(10n ** 15n) });
    const [one] = instances as [Instance];
    const generations = [BigInt(one.generation)];
    const count = async () => {
      for (let turn = 1n; turn <= 20n; turn++) {
        await take(one.nodeId, reading(one, { generation: generations.at(-1), value: turn * 10n }));
      }
    };
    const change = async () => {
      for (let turn = 0; turn < 8; turn++) {
        const instance = (await renew(leaseId)).find(({ id }) => id === one.id);
        generations.push(BigInt(instance?.generation ?? 0));
      }
    };
    await Promise.all([count(), count(), change()]);
    const present = (await leaseOf(leaseId)).instances.find(({ id }) => id === one.id);
    const rows = control.ctx.db.selectFrom("readings").select("value").where("instance_id", "=", one.id);
    const [now] = await rows.where("generation", "=", generations.at(-1) as bigint).execute();
    assert.equal(present?.usedBytes, String(now?.value ?? 0n));
    const { lease, readings } = await totalsOf(leaseId);
    assert.equal(lease, readings);

    // What was counted just before the last change, and is added just after it.
    const late = { instanceId: one.id, leaseId, generation: generations.at(-2) ?? 0n, bytes: 5n, presentBytes: 5n };
    await addUsage(control.ctx, [late]);
    const after = await leaseOf(leaseId);
    assert.equal(after.usedBytes, String(lease + 5n));
    assert.equal(after.instances.find(({ id }) => id === one.id)?.usedBytes, present?.usedBytes);
    await control.database.pool.query("update leases set used_bytes = used_bytes - 5 where id = $1", [leaseId]);
  });
});

/** What every instance has in hand is enough to go on, and no more than the lease has left. */
function requireSoundAllowances({ trafficBytes, usedBytes, suspendedFor, instances }: Lease): void {
  const left = BigInt(trafficBytes ?? 0) - BigInt(usedBytes);
  assert.equal(suspendedFor, left > 0n ? null : "quota");
  if (left <= 0n) return;
  for (const { usedBytes, ceilingBytes } of instances) {
    const inHand = BigInt(ceilingBytes ?? 0) - BigInt(usedBytes);
    assert.ok(inHand <= left, `${inHand} in hand, ${left} left`);
    assert.ok(inHand >= slice(left, instances.length) / 2n, `${inHand} in hand of ${left} left`);
  }
}

describe("detail", () => {
  const partitions = async () => {
    const { rows } = await control.database.pool.query<{ name: string }>(
      "select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid where c.relname ~ '^usage_(5m|hourly|daily)_[0-9]{8}$' order by 1",
    );
    return rows.map(({ name }) => name);
  };
  const day = (offset: number) =>
    new Date(control.ctx.now().getTime() + offset * dayMs).toISOString().slice(0, 10).replaceAll("-", "");

  test("has its place made ahead, by one of many, and goes by whole partitions when its time is over", async () => {
    await Promise.all([keepPartitions(control.ctx), keepPartitions(control.ctx), keepPartitions(control.ctx)]);
    for (const offset of [0, 1, 2]) assert.ok((await partitions()).includes(`usage_5m_${day(offset)}`));
    const { leaseId, instances } = await measured();
    const [one] = instances as [Instance];
    await take(one.nodeId, reading(one, { value: 10n }));
    const first = day(0);

    control.advance(7 * dayMs);
    await keepPartitions(control.ctx);
    assert.deepEqual(await totalsOf(leaseId), all(10n));
    control.advance(dayMs);
    await keepPartitions(control.ctx);
    assert.ok(!(await partitions()).includes(`usage_5m_${first}`));
    assert.deepEqual(await totalsOf(leaseId), { ...all(10n), minutes: 0n });

    control.advance(130 * dayMs);
    await take(one.nodeId, reading(one, { value: 15n }));
    await keepPartitions(control.ctx);
    assert.deepEqual(await totalsOf(leaseId), { ...all(15n), minutes: 5n, hours: 5n });
    control.advance(800 * dayMs);
    await take(one.nodeId, reading(one, { value: 16n }));
    assert.equal((await totalsOf(leaseId)).days, 16n);
    assert.equal((await verifyUsage(control.ctx)).problem, undefined);
    await keepPartitions(control.ctx);
    const names = await partitions();
    assert.equal(names.filter((name) => name.startsWith("usage_5m")).length, 3);
    assert.ok(names.filter((name) => name.startsWith("usage_daily")).length >= 4);
  });
});

describe("verifying usage", () => {
  test("names what was changed by hand", async () => {
    const { leaseId, instances } = await measured();
    const [one] = instances as [Instance];
    await take(one.nodeId, reading(one, { value: 100n }));
    const { rows } = await verifyUsage(control.ctx);
    assert.ok(rows > 0);
    for (const [change, back, problem] of [
      [
        "update usage_daily set value = value + 1 where instance_id = $1",
        "- 1",
        `${one.id}: 100 bytes counted, 101 in usage_daily`,
      ],
      [
        "update readings set value = value - 1 where instance_id = $1",
        "+ 1",
        `${one.id}: 99 bytes counted, 100 in usage_daily`,
      ],
    ] as const) {
      await control.database.pool.query(change, [one.id]);
      assert.equal((await verifyUsage(control.ctx)).problem, problem);
      await control.database.pool.query(change.replace(/[+-] 1/, back), [one.id]);
    }
    await control.database.pool.query("update leases set used_bytes = 99 where id = $1", [leaseId]);
    assert.equal((await verifyUsage(control.ctx)).problem, `${leaseId}: 99 bytes used, 100 in usage_daily`);
    await control.database.pool.query("update leases set used_bytes = 100 where id = $1", [leaseId]);
    assert.equal((await verifyUsage(control.ctx)).problem, undefined);
  });
});
