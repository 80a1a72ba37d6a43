import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { operations, type ReplyOf } from "@berth/api";
import { dayMs, minuteMs, secondMs, sleep } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { enrolled, FakeAgent, testLink } from "../../tests/support/fake-agent.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { liveSource, sealEvents } from "../audit/index.ts";
import { listen } from "../platform/notify.ts";
import { progressChannel } from "./index.ts";
import { readAnswer, resultMostBytes } from "./operation.ts";
import { expireOperations, operationSweeps } from "./sweeps.ts";

type Operation = ReplyOf<typeof operations.getOperation>;

let control: TestControl;
let operator: Person;
let link: Awaited<ReturnType<typeof testLink>>;
let agents: FakeAgent[] = [];
let count = 0;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  link = await testLink(control);
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  agents = [];
});
after(async () => {
  await link.close();
  await control.close();
});

/** A node with its agent, which control has welcomed. */
async function online(identity?: FakeAgent["identity"]): Promise<FakeAgent> {
  count += 1;
  const agent = new FakeAgent(link.url, identity ?? (await enrolled(operator, link.url, `node-${count}`)));
  agents.push(agent);
  await agent.hear("welcome");
  return agent;
}

const probe = (...on: FakeAgent[]) =>
  operator(operations.startOperation, { kind: "node.probe", nodeIds: on.map(({ nodeId }) => nodeId) });
const show = (operation: Pick<Operation, "id">) => operator(operations.getOperation, { operationId: operation.id });
const statesOf = async (operation: Operation) => (await show(operation)).results.map(({ state }) => state);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 20) {
    if (await holds()) return;
    await sleep(20);
  }
  assert.fail(`did not happen: ${what}`);
}

describe("an operation", () => {
  test("reaches the agent of each target, shows progress n of m, and ends with what each answered", async () => {
    const [one, two] = [await online(), await online()];
    const started = await probe(one, two);
    assert.deepEqual([started.items, started.ended, started.madeBy], [2, 0, operator.accountId]);

    const [first] = await one.operations();
    assert.deepEqual([first?.kind, first?.cancelled, first?.input], ["node.probe", false, '{"peers":[]}']);
    one.say({ case: "operationProgress", value: { id: first?.id, percent: 40, note: "half\0way" } });
    await until("progress", async () => (await show(started)).results.some(({ note }) => note === "halfway"));
    one.answer(first?.id ?? "", "done", { result: '{"load":1}' });
    assert.deepEqual((await one.hear("operationsAccepted")).ids, [first?.id]);

    const between = await show(started);
    assert.deepEqual([between.items, between.ended, between.failed], [2, 1, 0]);
    const done = between.results.find(({ nodeId }) => nodeId === one.nodeId);
    assert.deepEqual([done?.state, done?.percent, done?.result], ["done", 100, { load: 1 }]);

    const [second] = await two.operations();
    two.answer(second?.id ?? "", "failed", { code: "node.broken", detail: "no disk" });
    await two.hear("operationsAccepted");
    const ended = await show(started);
    assert.deepEqual([ended.ended, ended.failed], [2, 1]);
    assert.deepEqual(ended.results.find(({ nodeId }) => nodeId === two.nodeId)?.problem, {
      code: "node.broken",
      detail: "no disk",
    });
  });
});

describe("an operation under way", () => {
  test("is known to live views: that it began and what was answered as events, how far it is as a mention", async () => {
    const agent = await online();
    const mentioned: string[] = [];
    const listener = listen(control.database.url, control.ctx.log, {
      channels: { [progressChannel]: (id) => mentioned.push(id) },
      onConnect: () => mentioned.push("listening"),
    });
    await until("listening", async () => mentioned.includes("listening"));
    const started = await probe(agent);
    const [item] = await agent.operations();
    agent.say({ case: "operationProgress", value: { id: item?.id, percent: 40, note: "" } });
    agent.answer(item?.id ?? "", "done", { result: "1" });
    await agent.hear("operationsAccepted");
    await until("a mention", async () => mentioned.includes(started.id));
    await sealEvents(control.ctx);
    const events = await liveSource.after(control.ctx, 0n, 10_000);
    const shown = events.filter((event) => liveSource.topics.operations.idOf(event) === started.id);
    assert.deepEqual(
      shown.map(({ name, data }) => [name, data.state]),
      [
        ["operations.started", undefined],
        ["operations.answered", "done"],
      ],
    );
    assert.equal(shown[1]?.nodeId, agent.nodeId);
    await listener.close();
  });

  test("waits for a node that is away, and is sent again to every stream until it is answered", async () => {
    const agent = await online();
    const started = await probe(agent);
    const [sent] = await agent.operations();
    await agent.close();
    const back = await online(agent.identity);
    const [again] = await back.operations();
    assert.equal(again?.id, sent?.id);
    back.answer(again?.id ?? "", "done", { result: "1" });
    await back.hear("operationsAccepted");
    await back.close();
    const third = await online(agent.identity);
    const other = await probe(third);
    const [next, more] = await third.operations();
    assert.deepEqual([next?.id, more], [other.results[0]?.id, undefined]);
    assert.deepEqual(await statesOf(started), ["done"]);
  });

  test("is answered once, and only by the agent of its node", async () => {
    const [own, foreign] = [await online(), await online()];
    const started = await probe(own);
    const [item] = await own.operations();
    const id = item?.id ?? "";
    foreign.say({ case: "operationProgress", value: { id, percent: 99, note: "mine" } });
    foreign.answer(id, "done", { result: '"forged"' });
    await foreign.hear("operationsAccepted");
    assert.deepEqual([await statesOf(started), (await show(started)).results[0]?.percent], [["sent"], 0]);

    own.answer(id, "done", { result: '"first"' });
    own.answer(id, "failed", { code: "x", detail: "second thoughts" });
    own.say({ case: "operationProgress", value: { id, percent: 1, note: "late" } });
    await own.hear("operationsAccepted");
    await own.hear("operationsAccepted");
    const { results } = await show(started);
    assert.deepEqual([results[0]?.state, results[0]?.result, results[0]?.note], ["done", "first", null]);
  });
});

describe("cancelling", () => {
  test("asks no agent about what a node has not been handed: it gets no more than it works on", async () => {
    const agent = await online();
    const many = [];
    for (let n = 0; n < 40; n++) many.push(await probe(agent));
    let heard = 0;
    while (heard < 32) heard += (await agent.operations()).length;
    assert.equal(heard, 32);
    assert.deepEqual(await statesOf(many[39] as Operation), ["waiting"]);
  });

  test("ends at once what no agent has heard of; the agent never does", async () => {
    const agent = await online();
    await agent.close();
    const started = await probe(agent);
    const cancelled = await operator(operations.cancelOperation, { operationId: started.id });
    assert.deepEqual([cancelled.ended, cancelled.results[0]?.state], [1, "cancelled"]);
    const back = await online(agent.identity);
    const other = await probe(back);
    assert.deepEqual(
      (await back.operations()).map(({ id }) => id),
      other.results.map(({ id }) => id),
    );
  });

  test("tells the agents of the rest, and keeps the answers that are there", async () => {
    const [one, two] = [await online(), await online()];
    const started = await probe(one, two);
    const [first] = await one.operations();
    await two.operations();
    one.answer(first?.id ?? "", "done", { result: "{}" });
    await one.hear("operationsAccepted");
    const asked = await operator(operations.cancelOperation, { operationId: started.id });
    assert.deepEqual(asked.results.map(({ cancelAsked }) => cancelAsked).sort(), [false, true]);
    const [told] = await two.operations();
    assert.equal(told?.cancelled, true);
    two.answer(told?.id ?? "", "cancelled");
    await two.hear("operationsAccepted");
    assert.deepEqual((await statesOf(started)).sort(), ["cancelled", "done"]);
    assert.deepEqual(
      await refusalOf(operator(operations.retryOperation, { operationId: started.id })),
      "409 operations.nothing_failed",
    );
  });
});

describe("time", () => {
  test("expires what waits at its deadline, and what was sent a grace later; a later answer changes nothing", async () => {
    const [away, slow] = [await online(), await online()];
    await away.close();
    const started = await probe(away, slow);
    const [item] = await slow.operations();
    control.advance(minuteMs);
    await expireOperations(control.ctx);
    assert.deepEqual((await statesOf(started)).sort(), ["expired", "sent"]);
    control.advance(30 * secondMs);
    await expireOperations(control.ctx);
    assert.deepEqual(await statesOf(started), ["expired", "expired"]);
    slow.answer(item?.id ?? "", "done", { result: "{}" });
    await slow.hear("operationsAccepted");
    assert.deepEqual(await statesOf(started), ["expired", "expired"]);
  });

  test("sends nothing after its deadline, and forgets operations after 90 days", async () => {
    const agent = await online();
    await agent.close();
    const started = await probe(agent);
    control.advance(minuteMs);
    const back = await online(agent.identity);
    const other = await probe(back);
    assert.deepEqual(
      (await back.operations()).map(({ id }) => id),
      [other.results[0]?.id],
    );
    control.advance(90 * dayMs);
    const forget = operationSweeps.find(({ name }) => name === "operations.forget");
    await forget?.run(control.ctx);
    assert.equal(await refusalOf(show(started)), "404 operations.no_such_operation");
  });
});

describe("retrying", () => {
  test("is a new operation for what failed or expired, and for nothing else", async () => {
    const [good, bad] = [await online(), await online()];
    const started = await probe(good, bad);
    good.answer((await good.operations())[0]?.id ?? "", "done", { result: "{}" });
    bad.answer((await bad.operations())[0]?.id ?? "", "failed", { code: "node.broken" });
    await Promise.all([good.hear("operationsAccepted"), bad.hear("operationsAccepted")]);
    const again = await operator(operations.retryOperation, { operationId: started.id });
    assert.deepEqual([again.retryOf, again.results.map(({ nodeId }) => nodeId)], [started.id, [bad.nodeId]]);
    assert.notEqual(again.results[0]?.id, started.results[1]?.id);
    assert.equal((await bad.operations())[0]?.id, again.results[0]?.id);
    assert.deepEqual((await statesOf(started)).sort(), ["done", "failed"]);
    const { items } = await operator(operations.listOperations, { nodeId: bad.nodeId });
    assert.deepEqual(
      items.map(({ id }) => id),
      [again.id, started.id],
    );
  });
});

describe("retrying what is partly gone", () => {
  test("tries what is there; when nothing is, it is refused", async () => {
    const [gone, bad] = [await online(), await online()];
    const [both, single] = [await probe(gone, bad), await probe(gone)];
    for (const agent of [gone, bad]) {
      for (const { id } of await agent.operations()) agent.answer(id, "failed", { code: "node.broken" });
    }
    for (const { id } of await gone.operations()) gone.answer(id, "failed", { code: "node.broken" });
    await until("answers", async () => (await show(both)).failed === 2 && (await show(single)).failed === 1);
    await control.ctx.db.updateTable("nodes").set({ state: "removed" }).where("id", "=", gone.nodeId).execute();
    const again = await operator(operations.retryOperation, { operationId: both.id });
    assert.deepEqual(
      again.results.map(({ nodeId }) => nodeId),
      [bad.nodeId],
    );
    const refused = refusalOf(operator(operations.retryOperation, { operationId: single.id }));
    assert.equal(await refused, "404 operations.no_such_target");
  });
});

describe("the list of operations", () => {
  test("is filtered by kind, node, instance and how they went, and paged", async () => {
    const [good, bad, away] = [await online(), await online(), await online()];
    await away.close();
    const [done, failed, open] = [await probe(good), await probe(good, bad), await probe(away)];
    for (const agent of [good, good]) agent.answer((await agent.operations())[0]?.id ?? "", "done", { result: "{}" });
    bad.answer((await bad.operations())[0]?.id ?? "", "failed", { code: "node.broken" });
    await until("answers", async () => (await show(failed)).ended === 2 && (await show(done)).ended === 1);
    const list = async (filter: object) => {
      const { items } = await operator(operations.listOperations, filter);
      const names = new Map([done, failed, open].map(({ id }, n) => [id, ["done", "failed", "open"][n]]));
      return items.map(({ id }) => names.get(id)).filter(Boolean);
    };
    assert.deepEqual(await list({ state: "failed" }), ["failed"]);
    assert.deepEqual(await list({ state: "ended" }), ["failed", "done"]);
    assert.deepEqual(await list({ state: "open" }), ["open"]);
    assert.deepEqual(await list({ nodeId: good.nodeId, state: "ended" }), ["failed", "done"]);
    assert.deepEqual(await list({ nodeId: bad.nodeId }), ["failed"]);
    assert.deepEqual(await list({ kind: "instance.restart" }), []);
    assert.deepEqual(await list({ instanceId: `instance_${"0".repeat(26)}` }), []);
    const first = await operator(operations.listOperations, { nodeId: good.nodeId, limit: 1 });
    const second = await operator(operations.listOperations, {
      nodeId: good.nodeId,
      limit: 1,
      after: first.next ?? "",
    });
    assert.deepEqual([first.items[0]?.id, second.items[0]?.id, second.next], [failed.id, done.id, null]);
  });
});

describe("targets", () => {
  test("are what the kind is about, and are there", async () => {
    const node = await onlineNode(control.ctx);
    const nodeIds = [node.id as `node_${string}`];
    const start = (input: object) => refusalOf(operator(operations.startOperation, input as never));
    assert.equal(await start({ kind: "instance.restart", nodeIds }), "400 operations.wrong_targets");
    assert.equal(await start({ kind: "node.probe", nodeIds: [] }), "400 operations.wrong_targets");
    assert.equal(await start({ kind: "node.probe", nodeIds, logs: {} }), "400 operations.wrong_options");
    assert.equal(await start({ kind: "node.explode", nodeIds }), "400 http.invalid");
    const nobody = [`node_${"0".repeat(26)}`];
    assert.equal(await start({ kind: "node.probe", nodeIds: nobody }), "404 operations.no_such_target");
  });

  test("are instances that should run, and go to the nodes that run them", async () => {
    for (let n = 0; n < 3; n++) await onlineNode(control.ctx);
    const { lease } = await soldLease(control);
    const instanceIds = lease.instances.map(({ id }) => id);
    const started = await operator(operations.startOperation, { kind: "instance.restart", instanceIds });
    assert.deepEqual(
      started.results.map(({ instanceId, nodeId }) => `${instanceId} ${nodeId}`).sort(),
      lease.instances.map(({ id, nodeId }) => `${id} ${nodeId}`).sort(),
    );
    await control.ctx.db.updateTable("instances").set({ desired: "stopped" }).where("id", "in", instanceIds).execute();
    const again = operator(operations.startOperation, { kind: "instance.restart", instanceIds });
    assert.equal(await refusalOf(again), "404 operations.no_such_target");
  });

  test("are for staff, and starting, cancelling and retrying for those who may change nodes", async () => {
    const agent = await online();
    const started = await probe(agent);
    for (const role of ["customer", "distributor"] as const) {
      const person = await control.as(role);
      assert.equal(
        await refusalOf(person(operations.getOperation, { operationId: started.id })),
        "403 accounts.not_permitted",
      );
      assert.equal(
        await refusalOf(person(operations.cancelOperation, { operationId: started.id })),
        "403 accounts.not_permitted",
      );
    }
    assert.equal(await refusalOf(control.anonymous(operations.listOperations, {})), "401 accounts.sign_in");
  });
});

describe("an answer", () => {
  const said = { outcome: "done", result: "{}", code: "", detail: "" };
  const cases: [string, object, string, string | null][] = [
    ["done with JSON", {}, "done", null],
    ["done without JSON", { result: "{" }, "failed", "operations.bad_answer"],
    ["too large", { result: `"${"x".repeat(resultMostBytes)}"` }, "failed", "operations.bad_answer"],
    ["of no known kind", { outcome: "splendid" }, "failed", "operations.bad_answer"],
    ["a failure without a code", { outcome: "failed" }, "failed", "operations.failed"],
    ["a failure with NUL", { outcome: "failed", code: "a.b", detail: "\0" }, "failed", "a.b"],
    ["cancelled", { outcome: "cancelled" }, "cancelled", null],
    ["expired", { outcome: "expired" }, "expired", null],
  ];
  for (const [name, change, state, code] of cases) {
    test(`${name} is kept as ${state}`, () => {
      const answer = readAnswer({ ...said, ...change });
      assert.deepEqual([answer.state, answer.problem_code], [state, code]);
      assert.ok(!answer.problem_detail?.includes("\0"));
    });
  }
});
