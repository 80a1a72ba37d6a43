import assert from "node:assert/strict";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Reading } from "@berth/offering";
import fc from "fast-check";
import { Counters } from "./counters.ts";
import { openSpool, type Spool } from "./spool.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const root = await mkdtemp(join(tmpdir(), "berth-spool-"));
after(() => rm(root, { recursive: true }));
let folders = 0;

async function newFolder(): Promise<string> {
  const folder = join(root, `${folders++}`);
  await mkdir(folder);
  return folder;
}

type Told = { instanceId: string; generation: bigint; run: string; subject: string; meter: string; value: bigint };
const keyOf = ({ instanceId, generation, run, subject, meter }: Told | Reading) =>
  [instanceId, generation, run, subject, meter].join(" ");

function reading(value: bigint, more: Partial<Reading> = {}): Reading {
  return { instanceId: "a", generation: 1, run: "r1", subject: "d", meter: "bytes", value, ...more };
}

/** Control: keeps the greatest value of each counter. */
class Receiver {
  readonly values = new Map<string, bigint>();

  take(readings: readonly Told[]): void {
    for (const told of readings) {
      const key = keyOf(told);
      if (told.value > (this.values.get(key) ?? 0n)) this.values.set(key, told.value);
    }
  }
}

type Report = ReturnType<Spool["report"]>;

function next(report: Report): { sequence: bigint; readings: Told[] } | undefined {
  return report.next()?.message?.value as { sequence: bigint; readings: Told[] } | undefined;
}

/** Everything there is to tell is told and acknowledged. */
function drain(spool: Spool, receiver: Receiver): void {
  const report = spool.report(() => undefined);
  for (let message = next(report); message; message = next(report)) {
    receiver.take(message.readings);
    spool.accept(report, message.sequence);
  }
  assert.ok(report.isDone);
}

/*
 * A process that counts, an agent that spools, a stream that loses and repeats, and a control that keeps the greatest values.
 */
class World {
  readonly receiver = new Receiver();
  /** What the process has counted in its present run. */
  readonly counted = new Map<string, Reading>();
  /** What the agent was told and has not forgotten by dying before it was on disk. */
  memory = new Map<string, Reading>();
  disk = new Map<string, Reading>();
  readonly everTold = new Map<string, bigint>();
  #run = 1;
  #folder: string;
  #spool: Spool;
  #report: Report;
  #isBroken = false;
  #delivered = 0n;

  static async make(): Promise<World> {
    const folder = await newFolder();
    return new World(folder, await openSpool(folder, log));
  }

  constructor(folder: string, spool: Spool) {
    this.#folder = folder;
    this.#spool = spool;
    this.#report = spool.report(() => undefined);
  }

  grow(placement: { instanceId: string; generation: number }, subject: string, by: bigint, isTold: boolean): void {
    const grown = reading(0n, { ...placement, subject, run: `r${this.#run}` });
    const key = keyOf(grown);
    const now = { ...grown, value: (this.counted.get(key)?.value ?? 0n) + by };
    this.counted.set(key, now);
    if (isTold) this.#tell([now]);
  }

  tellAll(): void {
    this.#tell([...this.counted.values()]);
  }

  #tell(readings: Reading[]): void {
    this.#spool.record(readings);
    for (const told of readings) {
      this.memory.set(keyOf(told), told);
      this.everTold.set(keyOf(told), told.value);
    }
  }

  restartProcess(): void {
    this.#run++;
    this.counted.clear();
  }

  async flush(): Promise<void> {
    await this.#spool.flush();
    this.disk = new Map(this.memory);
  }

  async restartAgent(): Promise<void> {
    await this.#spool.close();
    this.disk = new Map(this.memory);
    await this.#open(this.#folder);
  }

  /** Killed: what was not on disk is forgotten, and the last line may be torn. */
  async killAgent(torn: string): Promise<void> {
    const folder = await newFolder();
    await cp(this.#folder, folder, { recursive: true });
    await this.#spool.close();
    await appendFile(join(folder, "spool"), torn);
    this.memory = new Map(this.disk);
    await this.#open(folder);
  }

  async #open(folder: string): Promise<void> {
    this.#folder = folder;
    this.#spool = await openSpool(folder, log);
    this.connect();
  }

  connect(): void {
    this.#isBroken = false;
    this.#delivered = 0n;
    this.#report = this.#spool.report(() => undefined);
  }

  send(fate: "lost" | "unacknowledged" | "twice" | "taken"): void {
    const message = next(this.#report);
    // A stream that lost something delivers nothing more.
    if (fate === "lost") this.#isBroken = true;
    if (!message || this.#isBroken) return;
    this.receiver.take(message.readings);
    if (fate === "twice") this.receiver.take(message.readings);
    this.#delivered = message.sequence;
    if (fate !== "unacknowledged") this.acknowledge();
  }

  acknowledge(): void {
    this.#spool.accept(this.#report, this.#delivered);
  }

  settle(): void {
    this.#spool.settle(
      ({ run }) => run === `r${this.#run}`,
      ({ instanceId, generation }) => !(instanceId === "a" && generation === 1),
    );
    for (const placement of [
      { instanceId: "a", generation: 2 },
      { instanceId: "b", generation: 1 },
    ]) {
      let bytes = 0n;
      for (const { instanceId, generation, run, value } of this.memory.values()) {
        const isOther = run !== `r${this.#run}`;
        if (instanceId === placement.instanceId && generation === placement.generation && isOther) bytes += value;
      }
      const { instanceId, generation } = placement;
      assert.equal(this.#spool.bytesOfOtherRuns(instanceId, generation, `r${this.#run}`), bytes);
    }
  }

  /** Control has exactly what was spooled: all that is remembered, and nothing that was never counted. */
  async end(): Promise<void> {
    drain(this.#spool, this.receiver);
    for (const [key, { value }] of this.memory) assert.ok((this.receiver.values.get(key) ?? 0n) >= value, key);
    for (const [key, value] of this.receiver.values) assert.ok(value <= (this.everTold.get(key) ?? 0n), key);
    this.tellAll();
    drain(this.#spool, this.receiver);
    for (const [key, { value }] of this.counted) assert.equal(this.receiver.values.get(key), value);
    await this.#spool.close();
  }
}

const placement = fc.constantFrom(
  { instanceId: "a", generation: 1 },
  { instanceId: "a", generation: 2 },
  { instanceId: "b", generation: 1 },
);
const torn = fc.constantFrom("", '["v",0,"9999999', '["c",99,"a",2', "\0\0\0\n", "[]\n", "{}\n", '"v"\n', "[1");
const fate = fc.constantFrom("lost" as const, "unacknowledged" as const, "twice" as const, "taken" as const);
type Step = (world: World) => void | Promise<void>;
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(placement, fc.constantFrom("d1", "d2"), fc.bigInt(1n, 1000n), fc.boolean())
        .map<Step>((growth) => (world) => world.grow(...growth)),
    },
    { weight: 4, arbitrary: fate.map<Step>((fate) => (world) => world.send(fate)) },
    { weight: 1, arbitrary: torn.map<Step>((text) => (world) => world.killAgent(text)) },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Step[]>(
        (world) => world.tellAll(),
        (world) => world.flush(),
        (world) => world.connect(),
        (world) => world.acknowledge(),
        (world) => world.settle(),
        (world) => world.restartProcess(),
        (world) => world.restartAgent(),
      ),
    },
  ),
  { maxLength: 60, size: "max" },
);

test("control ends up with exactly what was spooled, whatever is lost, repeated or restarted", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const world = await World.make();
      for (const step of steps) await step(world);
      await world.end();
    }),
    { numRuns: 150 },
  );
});

test("what grew after it was sent is told again, and nothing else", async () => {
  const spool = await openSpool(await newFolder(), log);
  const report = spool.report(() => undefined);
  spool.record([reading(5n), reading(7n, { subject: "e" })]);
  const first = next(report)!;
  assert.deepEqual(
    first.readings.map(({ value }) => value),
    [5n, 7n],
  );
  spool.record([reading(6n)]);
  spool.accept(report, first.sequence);
  const second = next(report)!;
  assert.equal(second.sequence, first.sequence + 1n);
  assert.deepEqual(
    second.readings.map(({ value }) => value),
    [6n],
  );
  assert.equal(next(report), undefined);
  assert.equal(report.isDone, false);
  spool.accept(report, second.sequence);
  assert.equal(report.isDone, true);
  await spool.close();
});

test("what control has is not told again after a restart, nor forgotten while its run goes on", async () => {
  const folder = await newFolder();
  const spool = await openSpool(folder, log);
  spool.record([reading(5n)]);
  await spool.flush();
  drain(spool, new Receiver());
  spool.settle(
    () => true,
    () => true,
  );
  spool.record([reading(5n), reading(1n, { subject: "e" })]);
  await spool.flush();
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  const again = await openSpool(copy, log);
  for (const { report } of [spool, again]) {
    const told = next(report(() => undefined))?.readings.map(({ subject, value }) => [subject, value]);
    assert.deepEqual(told, [["e", 1n]]);
  }
  await spool.close();
  await again.close();
});

test("a value that is smaller, or told again, is not news", async () => {
  const spool = await openSpool(await newFolder(), log);
  let growths = 0;
  spool.report(() => growths++);
  spool.record([reading(5n)]);
  spool.record([reading(5n), reading(4n), reading(0n, { subject: "e" })]);
  assert.equal(growths, 1);
  await spool.close();
});

test("messages are bounded, and so are those under way", async () => {
  const spool = await openSpool(await newFolder(), log);
  spool.record(Array.from({ length: 12_500 }, (_, n) => reading(1n, { subject: `d${n}` })));
  const report = spool.report(() => undefined);
  const sent = [];
  for (let message = next(report); message; message = next(report)) sent.push(message);
  assert.deepEqual(
    sent.map(({ readings }) => readings.length),
    Array(8).fill(1_000),
  );
  spool.accept(report, 2n);
  assert.equal(next(report)?.sequence, 9n);
  const again = spool.report(() => undefined); // a new stream begins with all that was not acknowledged
  assert.equal(next(again)?.sequence, 1n);
  await spool.close();
});

test("the file stays small however long it grows", async () => {
  const folder = await newFolder();
  const spool = await openSpool(folder, log);
  for (let round = 1n; round <= 30n; round++) {
    spool.record(Array.from({ length: 3_000 }, (_, n) => reading(round, { subject: `d${n}` })));
    await spool.flush();
  }
  await spool.close();
  assert.ok((await stat(join(folder, "spool"))).size < 2_000_000);
  const again = await openSpool(folder, log);
  assert.equal(again.bytesOfOtherRuns("a", 1, undefined), 90_000n);
  await again.close();
});

test("runs that ended are kept as sums while their generation is wanted, then not at all", async () => {
  const folder = await newFolder();
  const spool = await openSpool(folder, log);
  for (let run = 0; run < 40; run++) spool.record([reading(10n, { run: `r${run}` })]);
  drain(spool, new Receiver());
  spool.settle(
    () => false,
    () => true,
  );
  await spool.close();
  assert.ok((await readFile(join(folder, "spool"), "utf8")).split("\n").length <= 18);
  const again = await openSpool(folder, log);
  assert.equal(again.bytesOfOtherRuns("a", 1, undefined), 400n);
  again.settle(
    () => false,
    () => false,
  );
  assert.equal(again.bytesOfOtherRuns("a", 1, undefined), 0n);
  await again.close();
  assert.equal(await readFile(join(folder, "spool"), "utf8"), "");
});

test("a run that was taken for ended and comes back is counted once", () => {
  const counters = new Counters();
  counters.record(reading(10n));
  counters.accept(reading(10n));
  counters.settle(
    () => false,
    () => true,
  );
  assert.equal(counters.size, 0);
  counters.record(reading(12n));
  assert.equal(counters.bytesOfOtherRuns("a", 1, "r2"), 12n);
});

test("a spool that is full takes no further counters, and those it has go on growing", () => {
  const counters = new Counters();
  for (let n = 0; n < 200_000; n++) counters.record(reading(1n, { subject: `d${n}` }));
  assert.equal(counters.record(reading(1n, { subject: "late" })), undefined);
  assert.equal(counters.record(reading(2n, { subject: "d0" }))?.value, 2n);
});

test("a disk that refuses is tried again, and nothing is lost meanwhile", async () => {
  const folder = await newFolder();
  const spool = await openSpool(folder, log);
  spool.record([reading(1n)]);
  await spool.flush();
  // In the way of the file that a rewrite needs.
  await rm(join(folder, "spool"));
  await mkdir(join(folder, "spool"));
  await writeFile(join(folder, "spool", "x"), "");
  for (let round = 2n; round < 12n; round++) {
    spool.record(Array.from({ length: 6_000 }, (_, n) => reading(round, { subject: `d${n}` })));
    await spool.flush().catch(() => undefined);
  }
  await assert.rejects(spool.flush());
  await rm(join(folder, "spool"), { recursive: true });
  await spool.flush();
  await spool.close();
  const again = await openSpool(folder, log);
  assert.equal(again.bytesOfOtherRuns("a", 1, undefined), 6_000n * 11n + 1n);
  await again.close();
});
