import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { audit, streams } from "@berth/api";
import { sleep } from "@berth/kit";
import { openFlow } from "@berth/link";
import { appOver } from "../../tests/support/app.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { enrolled, FakeAgent, testLink } from "../../tests/support/fake-agent.ts";
import { Socket } from "../../tests/support/socket.ts";
import { closeLostStreams } from "./close.ts";
import { proofHash, rendezvousTicket } from "./rendezvous.ts";

const pin = "ab".repeat(32);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

let control: TestControl;
let operator: Person;
let link: Awaited<ReturnType<typeof testLink>>;
let app: Awaited<ReturnType<typeof appOver>>;
let url: string;
let agent: FakeAgent;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  link = await testLink(control);
  app = await appOver(control.ctx);
  url = (await app.listen({ host: "127.0.0.1", port: 0 })).replace("http", "ws");
  agent = new FakeAgent(link.url, await enrolled(operator, link.url, "one"));
  await agent.hear("welcome");
});
after(async () => {
  await agent.close();
  await app.close();
  await link.close();
  await control.close();
});

const ask = () => operator(streams.openShell, { nodeId: agent.nodeId, via: "relay" });

/** A ticket that goes by the agent's relay, which it says to be at this place. */
async function relayed(place: { port: number; pin: string } = { port: 4_443, pin }) {
  const asked = ask();
  const wanted = await agent.hear("expectEnds");
  agent.say({ case: "endsExpected", value: { id: wanted.id, ...place } });
  return { wanted, opened: await asked };
}

function visit(ticket: string, token = operator.token): Socket {
  return new Socket(`${url}${streams.streamPath.replace(":ticket", ticket)}`, token);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await holds()); waitedMs += 20) {
    assert.ok(waitedMs < 10_000, `did not happen: ${what}`);
    await sleep(20);
  }
}

const closings = async (streamId: string) =>
  (await operator(audit.listEvents, {})).items
    .filter(({ name, data }) => name === "streams.closed" && (data as { streamId: string }).streamId === streamId)
    .map(({ data, actor }) => ({ ...(data as Record<string, unknown>), actor }));

describe("a ticket that goes by a relay", () => {
  test("says where to dial, with secrets that neither the relay nor the table learns", async () => {
    const { wanted, opened } = await relayed();
    const { rendezvous, ticket } = opened;
    assert.deepEqual(
      [opened.via, opened.whyNot, rendezvous?.host, rendezvous?.port],
      ["relay", null, "127.0.0.1", 4_443],
    );
    assert.equal(rendezvous?.pin, pin);
    assert.equal(wanted.ticketHash, sha256(rendezvous?.ticket ?? ""));
    assert.equal(rendezvous?.ticket, rendezvousTicket(ticket));
    const { rows } = await control.database.pool.query("select t::text, k.fingerprint from streams t, node_keys k");
    assert.equal(rendezvous?.nodeKey, rows[0].fingerprint);
    for (const secret of [ticket, rendezvous?.ticket ?? ""]) assert.ok(!JSON.stringify(rows).includes(secret));

    const near = visit(ticket);
    const told = await agent.hear("openStream", ({ id }) => id === opened.id);
    const { host, port } = rendezvous as { host: string; port: number };
    const { $typeName: _, ...place } = told.rendezvous as object & { $typeName: string };
    assert.deepEqual(place, { host, port, pin, ticket: rendezvous?.ticket, proofHash: proofHash(ticket) });
    near.leave();
  });

  test("goes through control when the relay joins nobody, says nonsense or nothing, and says so", async () => {
    for (const place of [
      { port: 0, pin: "" },
      { port: 70_000, pin },
      { port: 4_443, pin: "a pin" },
    ]) {
      const { opened } = await relayed(place);
      assert.deepEqual([opened.via, opened.rendezvous], ["control", null]);
      assert.match(opened.whyNot ?? "", /no relay/);
    }
    const asked = ask();
    const { id } = await agent.hear("expectEnds");
    const opened = await asked;
    assert.equal(opened.via, "control");
    // The answer that comes too late changes nothing: the person was told another way.
    agent.say({ case: "endsExpected", value: { id, port: 4_443, pin } });
    await sleep(100);
    const near = visit(opened.ticket);
    const { rendezvous } = await agent.hear("openStream", (stream) => stream.id === opened.id);
    assert.equal(rendezvous, undefined);
    near.leave();
  });
});

describe("a relay", () => {
  test("is placed by the node that was asked, and by no other", async () => {
    const other = new FakeAgent(link.url, await enrolled(operator, link.url, "two"));
    await other.hear("welcome");
    await control.database.pool.query("update nodes set state = 'offline' where id = $1", [other.nodeId]);
    const asked = ask();
    const { id } = await agent.hear("expectEnds");
    other.say({ case: "endsExpected", value: { id, port: 666, pin: "cd".repeat(32) } });
    await sleep(200);
    agent.say({ case: "endsExpected", value: { id, port: 4_443, pin } });
    assert.equal((await asked).rendezvous?.port, 4_443);
    await other.close();
  });

  test("is asked of nodes that can be reached, and of none of which it is known that they can't", async () => {
    const other = new FakeAgent(link.url, await enrolled(operator, link.url, "three"));
    await other.hear("welcome");
    const setReach = (nodeId: string, reach: string) =>
      control.database.pool.query("update nodes set reach = $2 where id = $1", [nodeId, reach]);
    await setReach(other.nodeId, "proven");
    const byOther = ask();
    const { id } = await other.hear("expectEnds");
    other.say({ case: "endsExpected", value: { id, port: 4_444, pin } });
    assert.equal((await byOther).rendezvous?.nodeId, other.nodeId);
    for (const { nodeId } of [agent, other]) await setReach(nodeId, "unproven");
    assert.match((await ask()).whyNot ?? "", /no node with a relay/);
    await setReach(agent.nodeId, "unknown");
    await other.close();
  });

  test("is not asked in a rehearsal", async () => {
    const before = agent.heard.length;
    const reply = await control.send("http://test/api/v1/streams/shell?dryRun=true", {
      method: "POST",
      headers: { authorization: `Bearer ${operator.token}`, "content-type": "application/json" },
      body: JSON.stringify({ nodeId: agent.nodeId, via: "relay" }),
    });
    const { reply: opened } = (await reply.json()) as { reply: { whyNot: string } };
    assert.match(opened.whyNot, /rehearsal/);
    assert.equal(agent.heard.length, before);
  });
});

describe("the end of a flow", () => {
  test("is written once, with who, why, for how long and how much, as the agent counts what goes by a relay", async () => {
    const { opened } = await relayed();
    const near = visit(opened.ticket);
    const { id, secret } = await agent.hear("openStream", (stream) => stream.id === opened.id);
    async function* messages() {
      yield { message: { case: "opened" as const, value: { id, secret } } };
      for (const [to, from] of [
        [5n, 10n],
        [7n, 100n],
      ] as const) {
        yield { message: { case: "moved" as const, value: { toNodeBytes: to, fromNodeBytes: from } } };
      }
    }
    for await (const _ of openFlow({ url: link.url, identity: agent.identity, messages: messages() }));
    assert.match(await near.closed(), /^1000/);
    await until("a word of it", async () => (await closings(id)).length > 0);
    const [{ seconds, ...said } = {}, ...more] = (await closings(id)) as Record<string, unknown>[];
    assert.deepEqual([typeof seconds, more], ["number", []]);
    const expected = { streamId: id, kind: "shell", why: "ended", toNodeBytes: 7, fromNodeBytes: 100 };
    assert.deepEqual(said, { ...expected, actor: operator.accountId });
  });

  test("is written by another control when the one that held it is gone, once", async () => {
    const { opened } = await relayed();
    const near = visit(opened.ticket);
    await agent.hear("openStream", ({ id }) => id === opened.id);
    await closeLostStreams(control.ctx);
    assert.deepEqual(await closings(opened.id), []);
    await control.database.pool.query("delete from replicas");
    await Promise.all([closeLostStreams(control.ctx), closeLostStreams(control.ctx)]);
    assert.deepEqual(
      (await closings(opened.id)).map((said) => (said as { why?: string }).why),
      ["unavailable"],
    );
    // Should it be there after all, it ends what others took to be lost.
    assert.match(await near.closed(), /^4503/);
  });
});
