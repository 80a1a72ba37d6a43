import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dayMs, hourMs } from "@berth/kit";
import fc from "fast-check";
import { Journal } from "./journal.ts";
import { type Answer, type JournalFile, journalFile } from "./journal-file.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const folder = await mkdtemp(join(tmpdir(), "berth-journal-"));
after(() => rm(folder, { recursive: true }));

const done = (result: string): Answer => ({ outcome: "done", result, code: "", detail: "" });
let nowMs = 0;
const openJournal = (file: JournalFile) => Journal.open({ file, nowMs: () => nowMs, log });
const answersOf = (journal: Journal) => [...journal.unaccepted()].map(([id, { outcome }]) => `${id} ${outcome}`);

/** A file in memory that is cut off: after so many appended bytes nothing is written any more, and the process is dead. */
class TornFile implements JournalFile {
  text = "";
  leftBytes = Number.POSITIVE_INFINITY;
  isDead = false;

  async read(): Promise<string> {
    return this.text;
  }

  async append(text: string): Promise<void> {
    this.#requireAlive();
    this.text += text.slice(0, this.leftBytes);
    this.leftBytes -= text.length;
    this.isDead = this.leftBytes < 0;
    this.#requireAlive();
  }

  async rewrite(text: string): Promise<void> {
    this.#requireAlive();
    this.text = text;
  }

  async close(): Promise<void> {}

  #requireAlive(): void {
    if (this.isDead) throw new Error("power is off");
  }
}

type Step = { id: string; do: "begin" | "end" | "accept" };

const steps = fc.array(
  fc.record({ id: fc.constantFrom("a", "b", "c"), do: fc.constantFrom<Step["do"]>("begin", "end", "accept") }),
  { maxLength: 30 },
);

/** What the world saw: what was really done, and the answer that was written. */
class World {
  readonly dones = new Map<string, number>();
  readonly answers = new Map<string, string>();

  async step(journal: Journal, { id, do: what }: Step, n: number): Promise<void> {
    const known = journal.find(id);
    if (what === "begin" && !known) {
      await journal.begin(id, 1, "work");
      this.dones.set(id, (this.dones.get(id) ?? 0) + 1);
    }
    if (what === "end" && known && !known.answer) {
      await journal.end(id, 1, done(String(n)));
      this.answers.set(id, String(n));
    }
    if (what === "accept") await journal.accept(id);
  }
}

/** One life of an agent, which ends with its plan or when its power fails. */
async function live(file: TornFile, world: World, plan: readonly Step[], leftBytes: number): Promise<void> {
  Object.assign(file, { leftBytes, isDead: false });
  const journal = await openJournal(file);
  for (const [n, step] of plan.entries()) {
    if (!file.isDead) await world.step(journal, step, n).catch(() => undefined);
  }
}

function check(journal: Journal, { dones, answers }: World): void {
  for (const [id, times] of dones) {
    assert.equal(times, 1, `${id} was done ${times} times`);
    assert.ok(journal.find(id)?.answer, `${id} has no answer`);
  }
  for (const [id, result] of answers) {
    const entry = journal.find(id);
    assert.equal(entry?.answer?.outcome, "done");
    if (!entry?.isAccepted) assert.equal(entry?.answer?.result, result);
  }
}

test("whenever the agent dies, nothing is begun twice, and no answer that was written is lost or changed", async () => {
  const lives = fc.array(fc.tuple(steps, fc.nat(400)), { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(lives, async (lives) => {
    const [file, world] = [new TornFile(), new World()];
    for (const [plan, leftBytes] of lives) await live(file, world, plan, leftBytes);
    Object.assign(file, { leftBytes: Number.POSITIVE_INFINITY, isDead: false });
    check(await openJournal(file), world);
  });
  await fc.assert(property, { numRuns: 300 });
});

test("what was begun and not ended has one answer from then on: its outcome is unknown", async () => {
  const file = new TornFile();
  const journal = await openJournal(file);
  await journal.begin("a", 1, "work");
  const again = await openJournal(file);
  assert.equal(again.find("a")?.answer?.code, "operations.unknown_outcome");
  await again.end("a", 1, done("late"));
  assert.equal((await openJournal(file)).find("a")?.answer?.outcome, "failed");
  await assert.rejects(again.begin("a", 1, "work"));
});

test("what the agent's own end brings about is answered by the next agent, and by no later one differently", async () => {
  const file = new TornFile();
  const journal = await openJournal(file);
  await journal.begin("a", 1, "end");
  await journal.begin("b", 1, "work");
  const cutOff = (kind: string) => (kind === "end" ? done("1") : undefined);
  const next = await Journal.open({ file, nowMs: () => nowMs, cutOff, log });
  assert.deepEqual(answersOf(next), ["a done", "b failed"]);
  assert.deepEqual(answersOf(await openJournal(file)), ["a done", "b failed"]);
});

test("a line that was torn spoils no line after it", async () => {
  const file = new TornFile();
  const journal = await openJournal(file);
  await journal.begin("a", 1, "work");
  file.leftBytes = 4;
  await assert.rejects(journal.begin("b", 1, "work"));
  Object.assign(file, { leftBytes: Number.POSITIVE_INFINITY, isDead: false });
  await journal.begin("c", 1, "work");
  await journal.end("a", 1, done("1"));
  const again = await openJournal(file);
  assert.deepEqual(answersOf(again), ["a done", "c failed"]);
  assert.equal(again.find("b"), undefined);
});

test("it is a file that only its owner reads, and is read again after a crash in the middle of a line", async () => {
  const path = join(folder, "journal");
  const journal = await openJournal(journalFile(path));
  await journal.begin("a", 1, "work");
  await journal.end("a", 1, done('{"x":1}'));
  await journal.close();
  await appendFile(path, '["b","to');
  const again = await openJournal(journalFile(path));
  assert.deepEqual([...again.unaccepted()], [["a", done('{"x":1}')]]);
  await again.accept("a");
  await again.close();
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(answersOf(await openJournal(journalFile(path))), []);
});

test("it does not grow for ever: results are dropped once control has them, and all of it some time later", async () => {
  nowMs = 0;
  const file = new TornFile();
  const journal = await openJournal(file);
  for (let n = 0; n < 1_500; n++) {
    await journal.begin(`${n}`, hourMs, "work");
    await journal.end(`${n}`, hourMs, done(JSON.stringify("x".repeat(1_000))));
    await journal.accept(`${n}`);
  }
  assert.ok(file.text.length < 1_000_000, `${file.text.length} bytes`);
  await journal.end("unheard", hourMs, done("1"));
  nowMs = 3 * hourMs;
  const later = await openJournal(file);
  assert.deepEqual([later.find("3"), answersOf(later)], [undefined, ["unheard done"]]);
  nowMs = 8 * dayMs;
  assert.deepEqual(answersOf(await openJournal(file)), []);
  assert.equal(file.text, "");
});

test("of very many that control has the answers to, the oldest are forgotten first", async () => {
  nowMs = 0;
  const file = new TornFile();
  const journal = await openJournal(file);
  for (let n = 0; n < 4_500; n++) {
    await journal.end(`${n}`, hourMs, done("1"));
    await journal.accept(`${n}`);
  }
  const again = await openJournal(file);
  assert.deepEqual([again.find("0"), again.find("4499")?.isAccepted], [undefined, true]);
});
