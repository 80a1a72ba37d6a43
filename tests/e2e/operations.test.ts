import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fleet, operations, type ReplyOf } from "@berth/api";
import { redeem, signUp } from "../../apps/cli/src/demo/people.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { makeSerials, type Site, startSite } from "../support/site.ts";

type Operation = ReplyOf<typeof operations.getOperation>;
let site: Site;
let nodeIds: `node_${string}`[];
let instances: { id: `instance_${string}`; nodeId: string; nodeName: string }[];

before(async () => {
  site = await startSite({ nodes: 3 });
  nodeIds = (await site.operator(fleet.listNodes, {})).items.map(({ id }) => id);
  const person = await signUp(site.url, site.operator, "operations");
  const [code] = await makeSerials(site.operator, { count: 1 });
  ({ instances } = (await redeem(person, code as string)).lease);
});
after(() => site.close());

const show = ({ id }: Pick<Operation, "id">) => site.operator(operations.getOperation, { operationId: id });

async function ended(operation: Operation): Promise<Operation> {
  const { value } = await until("the end of an operation", async () => {
    const shown = await show(operation);
    return shown.ended === shown.items ? shown : undefined;
  });
  return value;
}

test("three nodes are probed at once, and each says how far control and the others' relays are", async () => {
  const probed = await until("relays that serve", async () => {
    const started = await site.operator(operations.startOperation, { kind: "node.probe", nodeIds });
    const { results } = await ended(started);
    const peers = results.flatMap(({ result }) => (result as { peers: { ms: number | null }[] } | null)?.peers ?? []);
    return peers.length === 6 && peers.every(({ ms }) => ms !== null) ? results : undefined;
  });
  assert.equal(probed.value.length, 3);
  for (const { state, result } of probed.value) {
    assert.equal(state, "done");
    assert.ok(Number((result as { controlMs: number }).controlMs) > 0);
  }
});

test("the instances of a lease are restarted on their three nodes, and the relays' logs can be read", async () => {
  const instanceIds = instances.map(({ id }) => id);
  const started = await site.operator(operations.startOperation, { kind: "instance.restart", instanceIds });
  assert.equal(started.items, 3);
  assert.deepEqual(
    (await ended(started)).results.map(({ state }) => state),
    ["done", "done", "done"],
  );
  const logs = await site.operator(operations.startOperation, {
    kind: "logs.tail",
    nodeIds: nodeIds.slice(0, 1),
    logs: { of: "relay", lines: 50 },
  });
  const [log] = (await ended(logs)).results;
  assert.match(JSON.stringify(log?.result), /relay ready/);
});

test("relays and agents are restarted, and what they ran is there again; each instance says how it is", async () => {
  const instanceIds = instances.map(({ id }) => id);
  const pids = () => site.nodes.map(({ relay, agent }) => ({ relay: relay.pid(), agent: agent.pid() }));
  const before = pids();
  const restarted = await site.operator(operations.startOperation, { kind: "relay.restart", nodeIds });
  const { results } = await ended(restarted);
  assert.deepEqual(
    results.map(({ state, problem }) => problem?.detail ?? state),
    ["done", "done", "done"],
  );
  const agents = await site.operator(operations.startOperation, { kind: "agent.restart", nodeIds });
  const answers = (await ended(agents)).results;
  assert.deepEqual(
    answers.map(({ state, result, problem }) => [state, problem, (result as { restarted: boolean }).restarted]),
    answers.map(() => ["done", null, true]),
  );
  for (const [n, { relay, agent }] of pids().entries()) {
    assert.notEqual(relay, before[n]?.relay);
    assert.notEqual(agent, before[n]?.agent);
  }
  await until("instances that run again", async () => {
    const asked = await site.operator(operations.startOperation, { kind: "instance.status", instanceIds });
    const statuses = (await ended(asked)).results.map(({ result }) => result as { phase: string } | null);
    return statuses.length === 3 && statuses.every((status) => status?.phase === "running");
  });
  const logs = await site.operator(operations.startOperation, { kind: "instance.logs", instanceIds });
  for (const { result, instanceId } of (await ended(logs)).results) {
    const { lines } = result as { lines: string[] };
    assert.ok(lines.length > 0 && lines.every((line) => line.includes(instanceId ?? "")), JSON.stringify(result));
    assert.ok(lines.some((line) => line.includes("room opened")));
  }
});

test("an agent that is killed in the middle answers once, that it does not know, and does nothing twice", async () => {
  const [victim] = site.nodes;
  const own = instances.find(({ nodeName }) => nodeName === victim?.name);
  assert.ok(victim && own);
  const restart = () =>
    site.operator(operations.startOperation, {
      kind: "instance.restart",
      instanceIds: [own.id],
      deadlineSeconds: 600,
    });
  const ids: string[] = [];
  for (let round = 0; round < 3; round++) {
    // A relay that does not answer holds the restart where it is.
    process.kill(victim.relay.pid() as number, "SIGSTOP");
    const started = await restart();
    await until("its beginning", async () => (await show(started)).results[0]?.state === "running");
    process.kill(victim.agent.pid() as number, "SIGKILL");
    process.kill(victim.relay.pid() as number, "SIGCONT");
    const [item] = (await ended(started)).results;
    assert.equal(item?.problem?.code, "operations.unknown_outcome");
    ids.push(item.id);
  }
  const last = (await ended(await restart())).results[0];
  assert.equal(last?.state, "done");
  const journal = await readFile(join(victim.folder, "agent", "operations"), "utf8");
  const lines = journal.split("\n").filter((line) => line !== "");
  for (const id of [...ids, last.id]) {
    const begun = lines.filter((line) => line.startsWith(`["b","${id}"`));
    const ends = lines.filter((line) => line.startsWith(`["e","${id}"`));
    assert.ok(begun.length <= 1 && ends.length === 1, journal);
  }
});
