import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { accounts, audit, createClient, fleet, operations, type ReplyOf, streams } from "@berth/api";
import { until } from "../../apps/cli/src/demo/story.ts";
import { type Visit, visit } from "../../apps/cli/src/visit.ts";
import { dialRendezvous } from "../../packages/relay/src/rendezvous-dial.ts";
import { signInTo } from "../support/sign-in.ts";
import { type Site, startSite } from "../support/site.ts";
import { Socket } from "../support/socket.ts";

type NodeId = `node_${string}`;
type Opened = ReplyOf<typeof streams.openShell>;

let site: Site;
let open: NodeId;
let shut: NodeId;
const visits: Visit[] = [];

before(async () => {
  site = await startSite({ nodes: 2, shells: 1 });
  const { items } = await site.operator(fleet.listNodes, {});
  const idOf = (name: string) => items.find((node) => node.name === name)?.id as NodeId;
  [open, shut] = [idOf("node-1"), idOf("node-2")];
});
afterEach(() => {
  for (const one of visits.splice(0)) one.leave();
});
after(() => site.close());

/** A shell on the node that allows it, and what it says. */
async function enter(opened: Opened, token = site.token) {
  const entered = await visit(opened, { url: site.url, token });
  visits.push(entered);
  let heard = "";
  void (async () => {
    for await (const bytes of entered.heard) heard += bytes.toString();
  })();
  const type = (text: string) => entered.say(Buffer.from(text));
  const hear = (pattern: RegExp) =>
    until(`${pattern}`, async () => pattern.exec(heard)?.[1] ?? (pattern.test(heard) ? "" : undefined)).then(
      ({ value }) => value,
    );
  return { ...entered, type, hear };
}

const shell = (wish: { via?: "relay" | "control"; terminal?: { columns: number; rows: number } } = {}) =>
  site.operator(streams.openShell, { nodeId: open, via: "relay", ...wish });

/** What the audit says of a stream, once it is over. */
async function closing(id: string): Promise<Record<string, unknown>> {
  const { value } = await until("a word of its end", async () => {
    const { items } = await site.operator(audit.listEvents, {});
    return items.find(({ name, data }) => name === "streams.closed" && data.streamId === id)?.data;
  });
  return value;
}

test("a ticket leads to a shell through a relay, past control, which knows how it ended and how much went through", async () => {
  const opened = await shell();
  assert.deepEqual([opened.via, opened.whyNot], ["relay", null]);
  const one = await enter(opened);
  await one.type("echo $((6 * 7)); seq 100000 | tail -1\n");
  await one.hear(/42\n100000\n/);
  await one.type("exit\n");
  assert.equal((await one.over).code, 1000);
  const { why, toNodeBytes, fromNodeBytes } = await closing(opened.id);
  assert.deepEqual([why, toNodeBytes, fromNodeBytes], ["ended", 43, 10]);
});

test("a shell has a terminal with the size of its window, by either way", async () => {
  for (const via of ["relay", "control"] as const) {
    const one = await enter(await shell({ via, terminal: { columns: 100, rows: 40 } }));
    await one.type("stty size\r");
    await one.hear(/40 100\r\n/);
    one.resize(90, 30);
    await one.type("sleep 1000\r");
    await one.hear(/sleep 1000\r\n/);
    await one.type("\x03");
    await one.type("stty size; exit\r");
    await one.hear(/30 90\r\n/);
    assert.equal((await one.over).code, 1000);
  }
});

test("a ticket that was used, is forged, or is somebody else's joins nobody at a relay", async () => {
  const used = await shell();
  await enter(used);
  await assert.rejects(enter(used), { name: "Refusal" });
  const place = used.rendezvous as NonNullable<Opened["rendezvous"]>;
  const { signal } = new AbortController();
  await assert.rejects(dialRendezvous(place, signal), { code: "rendezvous.not_joined" });
  await assert.rejects(dialRendezvous({ ...place, ticket: "forged" }, signal), { code: "rendezvous.not_joined" });

  const mine = await shell();
  const foreign = new Socket(`${site.url.replace("http", "ws")}/api/v1/streams/${mine.ticket}`, "another session");
  assert.equal(await foreign.closed(), "4404 this ticket is not good");
  const one = await enter(mine);
  await one.type("echo still mine\n");
  await one.hear(/still mine\n/);
});

test("a flow through a relay ends with the session that opened it, and what runs at its end too", async () => {
  const { token } = await signInTo(createClient({ url: site.url }), {
    email: "operator@example.com",
    password: "a password for tests",
  });
  const call = createClient({ url: site.url, token: () => token });
  const one = await enter(await call(streams.openShell, { nodeId: open, via: "relay" }), token);
  await one.type("echo pid=$$.\n");
  const pid = Number(await one.hear(/pid=(\d+)\./));
  await call(accounts.signOut, {});
  assert.equal((await one.over).code, 4401);
  await until("its end", async () => isGone(pid) || undefined);
});

test("a flow ends when the relay that carries it is killed, and another can be had when it is back", async () => {
  const opened = await shell();
  const one = await enter(opened);
  await one.type("echo here\n");
  await one.hear(/here\n/);
  const relay = site.nodes.find(({ address }) => address === opened.rendezvous?.host)?.relay;
  process.kill(relay?.pid() as number, "SIGKILL");
  assert.match(String((await one.over).code), /^(1000|4503)$/);
  await until("a relay", async () => ((await shell()).via === "relay" ? true : undefined));
  const again = await enter(await shell());
  await again.type("echo back\n");
  await again.hear(/back\n/);
});

test("where no relay answers it goes through control, and the answer says so", async () => {
  const pids = site.nodes.map(({ relay }) => relay.pid() as number);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    const opened = await shell();
    assert.deepEqual([opened.via, opened.rendezvous], ["control", null]);
    assert.match(opened.whyNot ?? "", /no relay/);
    const one = await enter(opened);
    await one.type("echo through control\n");
    await one.hear(/through control\n/);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
});

test("logs come through a relay as well", async () => {
  const one = await enter(await site.operator(streams.openLogs, { nodeId: shut, via: "relay" }));
  await one.hear(/node joined/);
});

test("what runs in a shell ends with the agent that is restarted, also what does not want to", async () => {
  const one = await enter(await shell());
  await one.type(`sh -c 'trap "" HUP TERM; echo pid=$$.; while :; do sleep 1; done'\n`);
  const pid = Number(await one.hear(/pid=(\d+)\./));
  const { id } = await site.operator(operations.startOperation, { kind: "agent.restart", nodeIds: [open] });
  await one.over;
  await until("its restart", async () => {
    const { results } = await site.operator(operations.getOperation, { operationId: id });
    return results[0]?.state === "done";
  });
  await until("its end", async () => isGone(pid));
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
