import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Refusal, sleep } from "@berth/kit";
import { type AgentMessageInit, type Operation, OperationSchema } from "@berth/link";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Journal } from "./journal.ts";
import { journalFile } from "./journal-file.ts";
import { type Handler, Operations, type Task } from "./operations.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const nowMs = 1_000;

interface World {
  readonly done: Task[];
  readonly said: string[];
  readonly operations: Operations;
  /** The same folder in a new agent, as after `kill -9`. */
  again(): Promise<World>;
  until(holds: () => boolean): Promise<void>;
}

async function makeWorld(t: TestContext, handler: Handler = async () => 1): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "berth-operations-"));
  t.after(() => rm(folder, { recursive: true }));
  const done: Task[] = [];
  const open = async (): Promise<World> => {
    const journal = await Journal.open({ file: journalFile(join(folder, "operations")), nowMs: () => nowMs, log });
    const handlers: Record<string, Handler> = {
      work: (task) => {
        done.push(task);
        return handler(task);
      },
    };
    const said: string[] = [];
    const operations = new Operations({ journal, handlers, nowMs: () => nowMs, log });
    operations.attach(({ message }: AgentMessageInit) => {
      if (message?.case === "operationProgress") said.push(`${message.value.id} ${message.value.percent} %`);
      if (message?.case !== "operationResult") return;
      const { id, outcome, result, code } = message.value;
      said.push([id, outcome, result, code].filter(Boolean).join(" "));
    });
    const until = async (holds: () => boolean) => {
      for (let waited = 0; !holds(); waited += 5) {
        assert.ok(waited < 10_000, `it did not happen; said: ${said.join(", ")}`);
        await sleep(5);
      }
    };
    return { done, said, operations, again: open, until };
  };
  return open();
}

function operation(id: string, more: MessageInitShape<typeof OperationSchema> = {}): Operation {
  return create(OperationSchema, { id, kind: "work", input: "{}", deadlineMs: BigInt(nowMs + 60_000), ...more });
}

/** A handler that works until it is told to stop. */
const untilStopped: Handler = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true }));

test("it is done once, however often control asks, and told until control has the answer", async (t) => {
  const world = await makeWorld(t);
  world.operations.take([operation("a"), operation("a")]);
  await world.until(() => world.said.includes("a done 1"));
  world.operations.take([operation("a")]);
  await world.until(() => world.said.filter((line) => line === "a done 1").length === 2);
  const next = await world.again();
  assert.deepEqual(next.said, ["a done 1"]);
  await next.operations.accepted(["a"]);
  const last = await next.again();
  assert.deepEqual([last.said, world.done.length], [[], 1]);
});

test("an agent that was killed while it did something says that it does not know the outcome", async (t) => {
  const world = await makeWorld(t, untilStopped);
  world.operations.take([operation("a")]);
  await world.until(() => world.done.length === 1);
  const next = await world.again();
  assert.deepEqual(next.said, ["a failed operations.unknown_outcome"]);
  next.operations.take([operation("a")]);
  await next.until(() => next.said.length === 2);
  assert.deepEqual([next.said[1], world.done.length], [next.said[0], 1]);
});

test("what is cancelled before it begins never begins; what runs is told, and answers that it was cancelled", async (t) => {
  const world = await makeWorld(t, untilStopped);
  world.operations.take([operation("never", { cancelled: true })]);
  await world.until(() => world.said.includes("never cancelled"));
  world.operations.take([operation("a")]);
  await world.until(() => world.done.length === 1);
  world.operations.take([operation("a", { cancelled: true })]);
  await world.until(() => world.said.includes("a cancelled"));
  // Also when it is asked for once more by a control that did not hear.
  (await world.again()).operations.take([operation("never")]);
  assert.deepEqual(
    world.done.map(({ id }) => id),
    ["a"],
  );
});

test("what waits for others to end can still be cancelled without being done", async (t) => {
  const world = await makeWorld(t, untilStopped);
  const many = Array.from({ length: 9 }, (_, n) => operation(`${n}`));
  world.operations.take(many);
  await world.until(() => world.done.length === 8);
  world.operations.take([operation("8", { cancelled: true }), operation("0", { cancelled: true })]);
  await world.until(() => world.said.includes("8 cancelled"));
  assert.ok(!world.done.some(({ id }) => id === "8"));
});

test("nothing is begun after its deadline, and what runs until then is stopped", async (t) => {
  const world = await makeWorld(t, untilStopped);
  world.operations.take([operation("late", { deadlineMs: BigInt(nowMs) })]);
  await world.until(() => world.said.includes("late expired"));
  world.operations.take([operation("slow", { deadlineMs: BigInt(nowMs + 50) })]);
  await world.until(() => world.said.includes("slow failed operations.too_slow"));
  assert.deepEqual(
    world.done.map(({ id }) => id),
    ["slow"],
  );
});

test("why it failed is said: a refusal with its code, anything else with its words, and what is too large or unknown", async (t) => {
  const world = await makeWorld(t, async ({ id }) => {
    if (id === "refused") throw new Refusal("not_found", "instance.not_here", "no");
    if (id === "broken") throw new Error("broken");
    return "x".repeat(600 * 1024);
  });
  world.operations.take([operation("refused"), operation("broken"), operation("large")]);
  world.operations.take([operation("strange", { kind: "constructor" }), operation("odd", { input: "{" })]);
  await world.until(() => world.said.filter((line) => line.includes("failed")).length === 5);
  assert.deepEqual(world.said.filter((line) => line.includes("failed")).sort(), [
    "broken failed operations.failed",
    "large failed operations.too_large",
    "odd failed operations.failed",
    "refused failed instance.not_here",
    "strange failed operations.unknown_kind",
  ]);
});

test("an agent that stops says so of what it was doing; what it had not begun can be asked for again", async (t) => {
  const world = await makeWorld(t, untilStopped);
  world.operations.take(Array.from({ length: 9 }, (_, n) => operation(`${n}`)));
  await world.until(() => world.done.length === 8);
  await world.operations.close();
  const next = await world.again();
  assert.equal(next.said.filter((line) => line.endsWith("failed operations.agent_stopped")).length, 8);
  next.operations.take([operation("8")]);
  await next.until(() => world.done.some(({ id }) => id === "8"));
  await next.operations.close();
});
