import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { fleet, streams } from "@berth/api";
import { type Site, startSite } from "../support/site.ts";
import { Socket } from "../support/socket.ts";

type NodeId = `node_${string}`;

let site: Site;
let open: NodeId;
let shut: NodeId;
const sockets: Socket[] = [];

before(async () => {
  site = await startSite({ controls: 2, nodes: 2, shells: 1 });
  const { items } = await site.operator(fleet.listNodes, {});
  const idOf = (name: string) => items.find((node) => node.name === name)?.id as NodeId;
  [open, shut] = [idOf("node-1"), idOf("node-2")];
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.leave();
});
after(() => site.close());

function visit(ticket: string, token = site.token, at = site.url): Socket {
  const url = at.replace("http", "ws");
  const socket = new Socket(`${url}${streams.streamPath.replace(":ticket", ticket)}`, token);
  sockets.push(socket);
  return socket;
}

test("a ticket opens a shell on a node that only dials out; it is good once, and for nobody else", async () => {
  const { ticket } = await site.operator(streams.openShell, { nodeId: open });
  assert.match(await visit(ticket, "").closed(), /^4404/);
  const near = visit(ticket);
  await near.say("echo $((6 * 7))\n");
  await near.until(() => near.heard === "42\n");
  assert.match(await visit(ticket).closed(), /^4404/);
  await near.say("seq 100000 | cksum; seq 100000\n");
  await near.until(() => near.heard.endsWith("\n100000\n"));
  assert.equal(near.heard.split("\n").filter((line) => /^\d+$/.test(line)).length, 100_001);
  await near.say("exit\n");
  assert.match(await near.closed(), /^1000/);
});

test("a ticket can be used at another control than the one that the node's agent is connected to", async () => {
  const { ticket } = await site.operator(streams.openShell, { nodeId: open });
  const near = visit(ticket, site.token, site.controls[1]?.url);
  await near.say("echo over there\n");
  await near.until(() => near.heard === "over there\n");
});

test("a node that was not told to allow shells has none", async () => {
  const { ticket } = await site.operator(streams.openShell, { nodeId: shut });
  assert.equal(await visit(ticket).closed(), "4503 this node allows no shell");
});

test("what an agent says can be followed, from its last lines on", async () => {
  const { ticket } = await site.operator(streams.openLogs, { nodeId: shut });
  const near = visit(ticket);
  await near.until(() => near.heard.includes("node joined"));
  await site.operator(streams.openLogs, { nodeId: shut }).then((again) => visit(again.ticket));
  await near.until(() => near.heard.split("stream opened").length >= 3);
});

test("a shell ends when its agent is killed, and another one can be opened when it is back", async () => {
  const first = await site.operator(streams.openShell, { nodeId: open });
  const near = visit(first.ticket);
  await near.say("echo here\n");
  await near.until(() => near.heard === "here\n");
  const [node] = site.nodes;
  process.kill(node?.agent.pid() as number, "SIGKILL");
  assert.match(await near.closed(), /^(1000|4503)/);
  for (let attempt = 1; ; attempt++) {
    const again = visit((await site.operator(streams.openShell, { nodeId: open })).ticket);
    await again.say("echo back\n");
    const heard = await Promise.race([again.until(() => again.heard === "back\n").then(() => true), again.closed()]);
    if (heard === true) break;
    assert.ok(attempt < 5, String(heard));
  }
});
