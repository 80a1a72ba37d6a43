import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, type TestContext, test } from "node:test";
import { fleet } from "@berth/api";
import { sleep } from "@berth/kit";
import { startAgent } from "@berth/node";
import { listenForReach } from "@berth/node/reach";
import type { Link } from "../../apps/control/src/link.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { enrolled, FakeAgent, testLink } from "../../tests/support/fake-agent.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { nextTestPort } from "../../tests/support/ports.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { betterAddress, portsToTry, type ReachResult, rulesFor, verdictOf } from "./reach.ts";
import { planReach, takeDialled } from "./test-reach.ts";

type NodeId = `node_${string}`;

let control: TestControl;
let operator: Person;
let link: Link & { url: string };

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  link = await testLink(control);
});
beforeEach(async () => {
  await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
});
after(async () => {
  await link.close();
  await control.close();
});

const reachability = (nodeId: string) => operator(fleet.getReachability, { nodeId: nodeId as NodeId });

async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 25) {
    const seen = await look();
    if (holds(seen)) return seen;
    await sleep(25);
  }
  return assert.fail(`never held: ${JSON.stringify(await look())}`);
}

/** A small range of ports that no other test uses. */
function range() {
  const ports = Array.from({ length: 3 }, nextTestPort);
  return { portFrom: Math.min(...ports), portTo: Math.max(...ports) };
}

let count = 0;

async function agent(t: TestContext, hello: object = {}): Promise<FakeAgent> {
  const made = new FakeAgent(link.url, await enrolled(operator, link.url, `node ${++count}`), { ...range(), ...hello });
  t.after(() => made.close());
  return made;
}

/** Answers one test; `secret`: of whoever stands there instead; `isOpen` false: a firewall is in between. */
async function answer(
  t: TestContext,
  node: FakeAgent,
  { secret, isOpen = true }: { secret?: Uint8Array; isOpen?: boolean },
) {
  const asked = await node.hear("reachTest", ({ ports }) => ports.length > 0);
  const wanted = { secret: secret ?? asked.secret, ports: asked.ports, portTo: asked.portTo, host: "127.0.0.1" };
  const { ports, close } = await listenForReach(wanted);
  t.after(close);
  if (!isOpen) close();
  const opened = ports.map((port) => ({ protocol: "tcp", port }));
  node.say({ case: "reachReady", value: { id: asked.id, ports: opened } });
}

describe("a real agent's node", () => {
  test("is tried at once, proven by its own agent, and closes its ports again", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "berth-reach-"));
    const { portFrom, portTo } = range();
    const { token, id } = await operator(fleet.createJoinToken, { name: "real" });
    const silent = () => undefined;
    const step = async () => (await operator(fleet.getJoinToken, { joinTokenId: id })).step;
    assert.equal(await step(), "waiting");
    const real = await startAgent({
      url: link.url,
      folder: join(folder, "agent"),
      drivers: [],
      name: "real",
      version: "0.1.0",
      joinToken: async () => token,
      addresses: ["127.0.0.1"],
      ports: { from: portFrom, to: portTo },
      host: "127.0.0.1",
      stunPort: 0,
      region: "",
      now: () => new Date(),
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
    t.after(async () => {
      await real.close();
      await rm(folder, { recursive: true });
    });
    assert.equal(await until(step, (step) => step === "ready"), "ready");
    const { nodeId } = await operator(fleet.getJoinToken, { joinTokenId: id });
    const { reach, results, rules, address } = await reachability(nodeId as string);
    assert.deepEqual([reach, rules, address.better], ["proven", [], null]);
    assert.ok(
      results.length >= 4 && results.every(({ outcome, seenFrom }) => outcome === "open" && seenFrom === "control"),
    );
    const ports = results.filter(({ protocol }) => protocol === "tcp").map(({ port }) => port);
    const free = async () => {
      const { ports: opened, close } = await listenForReach({
        secret: randomBytes(32),
        ports,
        portTo,
        host: "127.0.0.1",
      });
      close();
      return opened;
    };
    await until(free, (opened) => ports.every((port) => opened.includes(port)));
  });
});

describe("a node that joined", () => {
  test("gets nothing while nobody gets through, with the rules that open it, until somebody says otherwise", async (t) => {
    const node = await agent(t, { stunPort: nextTestPort() });
    await answer(t, node, { isOpen: false });
    const seen = await until(
      () => reachability(node.nodeId),
      ({ reach }) => reach !== "unknown",
    );
    assert.equal(seen.reach, "unproven");
    assert.deepEqual([...new Set(seen.results.map(({ outcome }) => outcome))], ["blocked"]);
    assert.deepEqual(
      new Set(seen.rules.map(({ tool }) => tool)),
      new Set(["ufw", "firewalld", "nft", "iptables", "cloud"]),
    );
    await control.ctx.db
      .updateTable("nodes")
      .set({ capabilities: JSON.stringify([{ offering: "derp", specVersions: [1] }]) })
      .where("id", "=", node.nodeId)
      .execute();
    assert.equal(await refusalOf(soldLease(control)), "429 leases.no_capacity");
    await operator(fleet.editNode, { nodeId: node.nodeId, isUnprovenAllowed: true });
    await soldLease(control);
    await operator(fleet.editNode, { nodeId: node.nodeId, isUnprovenAllowed: false });
    assert.equal(await refusalOf(soldLease(control)), "429 leases.no_capacity");

    assert.equal((await planReach(control.ctx, node.nodeId)).isDue, true);
    await operator(fleet.testReachability, { nodeId: node.nodeId });
    await answer(t, node, {});
    await until(
      () => reachability(node.nodeId),
      ({ reach }) => reach === "proven",
    );
    assert.equal((await planReach(control.ctx, node.nodeId)).isDue, false);
    await soldLease(control);
  });
});

describe("a node", () => {
  test("is not proven by whoever else answers at its address", async (t) => {
    const node = await agent(t);
    await answer(t, node, { secret: randomBytes(32) });
    const seen = await until(
      () => reachability(node.nodeId),
      ({ reach }) => reach !== "unknown",
    );
    assert.equal(seen.reach, "unproven");
    const tcp = seen.results.filter(({ protocol }) => protocol === "tcp");
    assert.deepEqual([...new Set(tcp.map(({ outcome }) => outcome))], ["wrong_host"]);
  });

  test("is told from where it says it is, when it is only reached where it comes from", async (t) => {
    const node = await agent(t, { addresses: ["127.0.0.77"] });
    await answer(t, node, {});
    const seen = await until(
      () => reachability(node.nodeId),
      ({ reach }) => reach !== "unknown",
    );
    assert.deepEqual(seen.address, { advertised: "127.0.0.77", observed: "127.0.0.1", better: "127.0.0.1" });
    assert.equal(seen.reach, "unproven");
  });

  test("is tried from another node as well, and only by one that was asked", async (t) => {
    const [one, onlooker] = [await agent(t), await agent(t)];
    await until(
      async () => (await operator(fleet.countNodes, {})).states.online,
      (online) => online === 2,
    );
    await answer(t, one, { isOpen: false });
    const { id, ports, address } = await onlooker.hear("reachDial");
    assert.equal(address, "127.0.0.1");
    onlooker.say({ case: "reachDialled", value: { id: "reach_nobody_asked", outcomes: [] } });
    onlooker.say({
      case: "reachDialled",
      value: { id, outcomes: ports.map(({ protocol, port }) => ({ protocol, port, outcome: "open" })) },
    });
    const seen = await until(
      () => reachability(one.nodeId),
      ({ reach }) => reach === "proven",
    );
    assert.deepEqual(new Set(seen.results.map(({ seenFrom }) => seenFrom)), new Set(["control", onlooker.nodeId]));
    await one.hear("reachTest", ({ ports }) => ports.length === 0);
    await reachability(onlooker.nodeId);
  });
});

test("what is found is kept as far as it was asked for, and nobody tries a node that is away", async () => {
  const [node, by] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
  const dialling = { nodeId: node.id, address: "192.0.2.9", ports: [{ protocol: "tcp", port: 20_000 }] } as const;
  await takeDialled(asNode(control.ctx, by.id), dialling, {
    by: by.id,
    outcomes: [
      { protocol: "tcp", port: 20_000, outcome: "excellent" },
      { protocol: "tcp", port: 20_001, outcome: "open" },
    ],
  });
  assert.deepEqual((await reachability(node.id)).results, []);
  const away = await onlineNode(control.ctx, { state: "offline" });
  assert.equal(await refusalOf(operator(fleet.testReachability, { nodeId: away.id as NodeId })), "409 fleet.node_away");
});

const place = {
  addresses: ["192.0.2.1"],
  observed_address: "198.51.100.1",
  port_from: 20_000,
  port_to: 29_999,
  stun_port: 3478,
};
const result = (change: Partial<ReachResult>): ReachResult => ({
  seen_from: "control",
  address: "192.0.2.1",
  protocol: "tcp",
  port: 20_000,
  outcome: "open",
  ...change,
});

describe("the verdict", () => {
  test("is of TCP at the advertised address, as seen by whoever sees most", () => {
    assert.equal(verdictOf([], place), "unknown");
    assert.equal(verdictOf([result({ protocol: "stun" })], place), "unknown");
    assert.equal(verdictOf([result({}), result({ protocol: "udp", outcome: "blocked" })], place), "proven");
    assert.equal(verdictOf([result({}), result({ port: 29_999, outcome: "blocked" })], place), "unproven");
    assert.equal(verdictOf([result({ outcome: "blocked" }), result({ seen_from: "node_1" })], place), "proven");
    assert.equal(verdictOf([result({ address: "198.51.100.1" })], place), "unproven");
    assert.equal(
      betterAddress([result({ outcome: "blocked" }), result({ address: "198.51.100.1" })], place),
      "198.51.100.1",
    );
    assert.equal(betterAddress([result({})], place), null);
  });

  test("comes with a rule for each protocol that is blocked, and for no other", () => {
    const rules = rulesFor(
      [result({ outcome: "blocked" }), result({ protocol: "udp" }), result({ protocol: "stun", outcome: "blocked" })],
      place,
    );
    assert.deepEqual(
      rules.filter(({ tool }) => tool === "ufw").map(({ rule }) => rule),
      ["ufw allow 20000:29999/tcp", "ufw allow 3478/udp"],
    );
    assert.deepEqual(rulesFor([result({})], place), []);
  });

  test("is of both ends of the range and its middle, each once", () => {
    assert.deepEqual(portsToTry(place), [20_000, 24_999, 29_979]);
    assert.deepEqual(portsToTry({ ...place, port_from: 7, port_to: 7 }), [7]);
  });
});
