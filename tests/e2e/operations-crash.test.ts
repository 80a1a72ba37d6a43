import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { audit, fleet, operations, type ReplyOf, streams } from "@berth/api";
import { redeem, signUp } from "../../apps/cli/src/demo/people.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { visit } from "../../apps/cli/src/visit.ts";
import { makeSerials, type Site, type SiteNode, startSite } from "../support/site.ts";

type Operation = ReplyOf<typeof operations.getOperation>;

let site: Site;
let node: SiteNode;
let nodeId: `node_${string}`;
let instanceId: `instance_${string}`;

before(async () => {
  site = await startSite({ nodes: 3, shells: 1 });
  node = site.nodes[0] as SiteNode;
  const { items } = await site.operator(fleet.listNodes, {});
  nodeId = items.find(({ name }) => name === node.name)?.id as typeof nodeId;
  const person = await signUp(site.url, site.operator, "crashes");
  const [code] = await makeSerials(site.operator, { count: 1 });
  const { instances } = (await redeem(person, code as string)).lease;
  instanceId = instances.find((instance) => instance.nodeName === node.name)?.id as typeof instanceId;
});
after(() => site.close());

const show = ({ id }: Pick<Operation, "id">) => site.operator(operations.getOperation, { operationId: id });
const restart = () => site.operator(operations.startOperation, { kind: "instance.restart", instanceIds: [instanceId] });

/** The only item of an operation, once it has an end. A control that is away is asked again. */
async function ended(operation: Operation) {
  const { value } = await until(
    "the end of an operation",
    async () => {
      const shown = await show(operation).catch(() => undefined);
      return shown?.ended === shown?.items ? shown?.results[0] : undefined;
    },
    40_000,
  );
  return value;
}

function killControl(): void {
  process.kill(site.controls[0]?.pid() as number, "SIGKILL");
}

async function journalOf(id: string): Promise<string[]> {
  const journal = await readFile(join(node.folder, "agent", "operations"), "utf8");
  return journal
    .split("\n")
    .filter((line) => line.includes(id))
    .map((line) => line.slice(0, 4));
}

test("a control that is killed after it sent an operation has the answer when it is back, and nothing is done twice", async () => {
  // A relay that does not answer holds the restart where it is.
  process.kill(node.relay.pid() as number, "SIGSTOP");
  const started = await restart();
  await until("its beginning", async () => (await show(started)).results[0]?.state === "running");
  killControl();
  process.kill(node.relay.pid() as number, "SIGCONT");
  const item = await ended(started);
  assert.equal(item.state, "done");
  assert.deepEqual((await journalOf(item.id)).filter((line) => line === '["b"').length, 1);
  const { items } = await site.operator(audit.listEvents, {});
  const answers = items.filter(({ name, data }) => name === "operations.answered" && data.operationId === started.id);
  assert.equal(answers.length, 1);
});

test("a control that is killed as soon as it was asked does it once all the same, or not at all", async () => {
  const asked = restart().catch(() => undefined);
  killControl();
  const started = await asked;
  if (started) assert.equal((await ended(started)).state, "done");
  const { value } = await until(
    "control",
    () => site.operator(operations.listOperations, { kind: "instance.restart" }).catch(() => undefined),
    40_000,
  );
  for (const { id } of value.items) assert.equal((await ended({ id } as Operation)).state, "done");
});

test("what a node that is away was asked expires at its deadline, and is not done when it is back", async () => {
  process.kill(node.agent.pid() as number, "SIGSTOP");
  const started = await site.operator(operations.startOperation, {
    kind: "instance.restart",
    instanceIds: [instanceId],
    deadlineSeconds: 5,
  });
  await until("its end", async () => Date.now() > Date.parse(started.deadline), 10_000);
  process.kill(node.agent.pid() as number, "SIGCONT");
  const item = await ended(started);
  assert.equal(item.state, "expired");
  assert.ok(!(await journalOf(item.id)).includes('["b"'));
});

test("a flow through a relay does not outlive the control that watches it; its end is written when control is back", async () => {
  const opened = await site.operator(streams.openShell, { nodeId, via: "relay" });
  assert.equal(opened.via, "relay");
  const one = await visit(opened, { url: site.url, token: site.token });
  await one.say(Buffer.from("echo pid=$$.\n"));
  let heard = "";
  for await (const bytes of one.heard) {
    heard += bytes.toString();
    if (/pid=(\d+)\./.test(heard)) break;
  }
  const pid = Number(/pid=(\d+)\./.exec(heard)?.[1]);
  killControl();
  assert.equal((await one.over).code, 1006);
  await until("its end", async () => isGone(pid) || undefined);
  const closing = async () => {
    const { items } = await site.operator(audit.listEvents, {}).catch(() => ({ items: [] }));
    return items.find(({ name, data }) => name === "streams.closed" && data.streamId === opened.id)?.data.why;
  };
  assert.equal((await until("a word of its end", closing, 40_000)).value, "unavailable");
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
