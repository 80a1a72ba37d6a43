import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type DriverSetup, Subject, sum } from "./conformance-subject.ts";

export type { DriverSetup, Session } from "./conformance-subject.ts";

/** What every driver must keep. To be called by the tests of a driver, with its real process behind it. */
export function driverConformance<Spec>(name: string, setUp: () => Promise<DriverSetup<Spec>>): void {
  describe(`${name} keeps what every driver promises`, () => {
    let it: Subject<Spec>;
    before(async () => {
      it = new Subject(await setUp());
    });
    after(() => it.close());
    for (const [promise, check] of promises) {
      test(promise, async () => {
        try {
          await check(it as Subject<unknown>);
        } finally {
          await it.clear();
        }
      });
    }
  });
}

type Check = (it: Subject<unknown>) => Promise<void>;

const promises: [string, Check][] = [
  ["applying twice is applying once", appliesOnce],
  ["two instances run side by side, and count apart", runsTwo],
  ["a change is made in place and disturbs nobody who keeps their right", changesInPlace],
  ["a new generation disturbs nobody and counts for itself", countsByGeneration],
  ["what is removed is gone, and its place is free; removing twice is no harm", removes],
  ["fields of a spec that are not known are ignored", ignoresUnknown],
  ["a place that is taken is said so, and can be had when it is free", saysTaken],
  ["readings only grow within a run, and survive removal", readingsGrow],
  ["a listener hears of growth and of knocks", hears],
  ["nothing is counted after the packet that reached the ceiling, and a higher one opens it again", keepsCeiling],
  ["an instance stops serving at its time", keepsTime],
  ["what runs is told truthfully when the process is killed and comes back", survivesKill],
];

async function appliesOnce(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const session = await it.enter(0, 0);
  await it.apply(0);
  await it.apply(0);
  await session.use(1);
  assert.ok(session.isAlive());
  assert.deepEqual([...(await it.driver.running())], [[it.id(0), { generation: 1, phase: "running" }]]);
}

async function runsTwo(it: Subject<unknown>): Promise<void> {
  await Promise.all([it.apply(0), it.apply(1)]);
  assert.equal((await it.driver.running()).size, 2);
  await (await it.enter(0, 0)).use(1_000);
  await (await it.enter(1, 0)).use(3_000);
  assert.deepEqual([await it.used(0), await it.used(1)], [1_000n, 3_000n]);
}

async function changesInPlace(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const [stays, goes] = [await it.enter(0, 0), await it.enter(0, 1)];
  await it.apply(0, { changed: true });
  await goes.ended();
  assert.ok(stays.isAlive());
  await stays.use(100);
  await assert.rejects(it.enter(0, 1));
  await it.apply(0);
  await (await it.enter(0, 1)).use(100);
  assert.ok(stays.isAlive());
}

async function countsByGeneration(it: Subject<unknown>): Promise<void> {
  await it.apply(0, { generation: 1 });
  const session = await it.enter(0, 0);
  await session.use(100);
  await it.apply(0, { generation: 7 });
  await session.use(20);
  assert.equal((await it.driver.running()).get(it.id(0))?.generation, 7);
  const own = (await it.readings(0)).filter(({ generation }) => generation === 7);
  assert.deepEqual(
    own.map(({ value }) => value),
    [20n],
  );
}

async function removes(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const session = await it.enter(0, 0);
  await it.remove(0);
  await session.ended();
  assert.equal((await it.driver.running()).size, 0);
  await (await it.setup.occupy(0))();
  await it.remove(0);
  await it.apply(0);
  await it.enter(0, 0);
}

async function ignoresUnknown(it: Subject<unknown>): Promise<void> {
  await it.apply(0, { unknown: { fromTheFuture: { yes: [1] } } });
  await it.enter(0, 0);
}

async function saysTaken(it: Subject<unknown>): Promise<void> {
  const free = await it.setup.occupy(0);
  await assert.rejects(it.apply(0), ({ name, code }: Error & { code: string }) => {
    return name === "Refusal" && code.endsWith(".port_in_use");
  });
  assert.notEqual((await it.driver.running()).get(it.id(0))?.phase, "running");
  await free();
  await it.apply(0);
  await it.enter(0, 0);
}

async function readingsGrow(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const session = await it.enter(0, 0);
  await session.use(500);
  await session.leave();
  await it.apply(0, { changed: true });
  await it.remove(0);
  assert.equal(await it.used(0), 500n);
  await it.apply(0);
  await (await it.enter(0, 0)).use(500);
  assert.equal(await it.used(0), 1_000n);
  const runs = new Set((await it.readings(0)).map(({ run }) => run));
  assert.equal(runs.size, 1);
}

async function hears(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const heard = it.listen();
  await (await it.enter(0, 0)).use(700);
  await heard.until(() => sum(heard.readings, it.id(0)) === 700n);
  await it.setup.knock(0);
  await heard.until(() => heard.knocks.some(({ instanceId }) => instanceId === it.id(0)));
}

/** What may be counted at once, in any kind. */
const largestPacket = 65_536n;

async function keepsCeiling(it: Subject<unknown>): Promise<void> {
  const ceilingBytes = 10_000n;
  await it.apply(0, { allowance: { ceilingBytes } });
  const session = await it.enter(0, 0);
  await session.use(50_000);
  await session.ended();
  const used = await it.used(0);
  assert.ok(used >= ceilingBytes && used <= ceilingBytes + largestPacket, `${used} of ${ceilingBytes}`);
  await it.apply(0, { allowance: { ceilingBytes: used + 10_000n } });
  await (await it.enter(0, 0)).use(5_000);
  assert.equal(await it.used(0), used + 5_000n);
}

async function keepsTime(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const session = await it.enter(0, 0);
  await it.apply(0, { allowance: { until: new Date(Date.now() + 60_000) } });
  await session.use(1);
  assert.ok(session.isAlive());
  await it.apply(0, { allowance: { until: new Date(Date.now() - 1) } });
  await session.ended();
}

async function survivesKill(it: Subject<unknown>): Promise<void> {
  await it.apply(0);
  const session = await it.enter(0, 0);
  await session.use(100);
  const [reading] = await it.readings(0);
  const heard = it.listen();
  await it.setup.kill();
  await session.ended();
  await heard.until(() => heard.changes > 0);
  assert.equal((await it.driver.running()).size, 0);
  await assert.rejects(it.apply(0), ({ name, code }: Error & { code: string }) => {
    return name === "Refusal" && code.endsWith(".driver_failed");
  });
  const changes = heard.changes;
  await it.setup.restart();
  await heard.until(() => heard.changes > changes);
  assert.equal((await it.driver.running()).size, 0, "a new process has nothing yet");
  await it.apply(0);
  await (await it.enter(0, 0)).use(30);
  const [after, ...others] = await it.readings(0);
  assert.deepEqual([after?.value, others], [30n, []]);
  assert.notEqual(after?.run, reading?.run);
}
