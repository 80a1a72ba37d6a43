import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { fleet, type ReplyOf } from "@berth/api";
import { hourMs, minuteMs, secondMs } from "@berth/kit";
import { makeKeyPair, makeRequest, splitCertificates } from "@berth/link";
import { runJob } from "../../tests/support/app.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { certify, enrolNode, flushHeartbeats, greetNode, noteHeartbeat, requireWelcome } from "./index.ts";
import { noteSilence } from "./presence.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

type NodeId = ReplyOf<typeof fleet.getNode>["id"];

const nodeOf = (nodeId: string) => operator(fleet.getNode, { nodeId: nodeId as NodeId });

/** A key with the request that shows that one holds it. */
async function keyOf() {
  return makeRequest(await makeKeyPair());
}

async function enrol(token: string, request: Uint8Array, name = "") {
  return enrolNode(control.ctx, { token, request, name });
}

const hello = {
  $typeName: "berth.link.v1.Hello",
  version: "0.1.0",
  capabilities: [{ $typeName: "berth.link.v1.Capability", offering: "derp", specVersions: [1] }],
  addresses: ["192.0.2.7"],
  portFrom: 20_000,
  portTo: 20_100,
  stunPort: 3478,
  revision: 0n,
  digest: "",
  cores: 4,
  memoryBytes: 2n ** 33n,
  region: "fra",
} as const;

const greet = (nodeId: string, change = {}) =>
  greetNode(asNode(control.ctx, nodeId), nodeId, { ...hello, ...change } as never, "::ffff:203.0.113.9");

function beat(nodeId: string, change = {}) {
  noteHeartbeat(control.ctx, nodeId, { load: 0.5, memoryUsedBytes: 5n, revision: 1n, digest: "", ...change } as never);
}

const refusal = (code: string) => ({ name: "Refusal", code });

describe("a join token", () => {
  test("makes one node, with the name and region it was made for, that is online once it said hello", async () => {
    const { token, command } = await operator(fleet.createJoinToken, { name: "fra-1", region: "eu" });
    assert.ok(command.endsWith(token) && command.includes("https://127.0.0.1:8443"));
    const { nodeId } = await enrol(token, await keyOf(), "called otherwise");
    assert.deepEqual([(await nodeOf(nodeId)).state, (await nodeOf(nodeId)).name], ["joining", "fra-1"]);

    await greet(nodeId);
    const node = await nodeOf(nodeId);
    assert.deepEqual([node.state, node.region, node.addresses], ["online", "eu", ["192.0.2.7"]]);
    assert.equal(node.memoryBytes, String(2n ** 33n));
  });

  test("is good for one key: the same key gets its answer again, another is refused", async () => {
    const { token } = await operator(fleet.createJoinToken, {});
    const request = await keyOf();
    const first = await enrol(token, request, "twice");
    control.advance(hourMs);
    assert.equal((await enrol(token, request, "twice")).nodeId, first.nodeId);
    await assert.rejects(enrol(token, await keyOf(), "thief"), refusal("fleet.join_token_invalid"));
  });

  test("is good for one of many keys that come at once", async () => {
    const { token } = await operator(fleet.createJoinToken, {});
    const requests = await Promise.all(Array.from({ length: 8 }, keyOf));
    const results = await Promise.allSettled(requests.map((request, index) => enrol(token, request, `race-${index}`)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    for (const result of results)
      if (result.status === "rejected") assert.equal(result.reason.code, "fleet.join_token_invalid");
  });

  test("runs out after 15 minutes, and is refused when it was never given out or is no token", async () => {
    const { token } = await operator(fleet.createJoinToken, {});
    control.advance(15 * minuteMs);
    await assert.rejects(enrol(token, await keyOf()), refusal("fleet.join_token_invalid"));
    const unknown = token.replace(/\.[0-9a-z]+\./, `.${"0".repeat(32)}.`);
    await assert.rejects(enrol(unknown, await keyOf()), refusal("fleet.join_token_invalid"));
    await assert.rejects(enrol("nonsense", await keyOf()), refusal("link.bad_join_token"));
    await assert.rejects(enrol(token, Buffer.from("nonsense")), refusal("link.bad_request"));
  });

  test("gives no key to two nodes, and no name either", async () => {
    const [one, two] = [await operator(fleet.createJoinToken, {}), await operator(fleet.createJoinToken, {})];
    const request = await keyOf();
    await enrol(one.token, request, "only one");
    await assert.rejects(enrol(two.token, request, "only one"), refusal("fleet.key_known"));
    await assert.rejects(enrol(two.token, await keyOf(), "Only One"), refusal("fleet.name_taken"));
    const { nodeId } = await enrol(two.token, await keyOf(), "  a\0b\n ");
    assert.equal((await nodeOf(nodeId)).name, "ab");
  });

  test("is not kept, and is made by staff only", async () => {
    const { token } = await operator(fleet.createJoinToken, {});
    const { rows } = await control.database.pool.query("select string_agg(t::text, ' ') as text from join_tokens t");
    assert.ok(!rows[0].text.includes(token.split(".")[1]));
    assert.equal(
      await refusalOf((await control.as("customer"))(fleet.createJoinToken, {})),
      "403 accounts.not_permitted",
    );
    assert.equal(await refusalOf(control.anonymous(fleet.createJoinToken, {})), "401 accounts.sign_in");
  });
});

/** A node that joined properly, with its key's fingerprint. */
async function joined(name: string) {
  const { token } = await operator(fleet.createJoinToken, { name });
  const request = await keyOf();
  const { nodeId, certificate } = await enrol(token, request);
  const key = await control.ctx.db
    .selectFrom("node_keys")
    .selectAll()
    .where("node_id", "=", nodeId)
    .executeTakeFirstOrThrow();
  return { nodeId, request, token, certificate, fingerprint: key.fingerprint };
}

describe("a revoked node", () => {
  test("is not let in again, does not come back by its token, and what it ran is let go", async () => {
    const node = await joined("to be revoked");
    await requireWelcome(control.ctx, node.nodeId, node.fingerprint);
    await control.ctx.db.updateTable("nodes").set({ scheduling: "cordoned" }).execute();
    await greet(node.nodeId);
    await operator(fleet.uncordonNode, { nodeId: node.nodeId as NodeId });
    const { lease } = await soldLease(control);
    assert.deepEqual(
      lease.instances.map(({ nodeId }) => nodeId),
      [node.nodeId],
    );

    const revoked = await operator(fleet.revokeNode, { nodeId: node.nodeId as NodeId, reason: "stolen" });
    assert.equal(revoked.state, "removed");
    await assert.rejects(requireWelcome(control.ctx, node.nodeId, node.fingerprint), refusal("fleet.revoked"));
    await assert.rejects(enrol(node.token, node.request), refusal("fleet.join_token_invalid"));
    await assert.rejects(greet(node.nodeId), refusal("fleet.node_removed"));
    beat(node.nodeId);
    await flushHeartbeats(control.ctx);
    assert.equal((await nodeOf(node.nodeId)).state, "removed");
    const again = { nodeId: node.nodeId as NodeId, reason: "again" };
    assert.equal(await refusalOf(operator(fleet.revokeNode, again)), "409 fleet.node_removed");
    assert.equal(await refusalOf(operator(fleet.cordonNode, { nodeId: again.nodeId })), "409 fleet.node_removed");

    for (let turn = 0; turn < 2; turn++) await runJob(control.ctx, "leases.node_removed", { nodeId: node.nodeId });
    assert.equal((await nodeOf(node.nodeId)).instances, 0);
    const left = control.ctx.db.selectFrom("instances").select(["desired", "port"]).where("node_id", "=", node.nodeId);
    assert.deepEqual(await left.execute(), [{ desired: "released", port: null }]);
    const told = control.ctx.db.selectFrom("events").select(["account_id", "lease_id"]);
    assert.deepEqual(await told.where("name", "=", "leases.node_removed").execute(), [
      { account_id: lease.accountId, lease_id: lease.id },
    ]);
  });

  test("leaves its name to another, and other keys alone", async () => {
    const [one, other] = [await joined("name to give away"), await joined("bystander")];
    await operator(fleet.revokeNode, { nodeId: one.nodeId as NodeId, reason: "gone" });
    await joined("name to give away");
    await requireWelcome(control.ctx, other.nodeId, other.fingerprint);
    await assert.rejects(requireWelcome(control.ctx, other.nodeId, one.fingerprint), refusal("fleet.revoked"));
    await assert.rejects(requireWelcome(control.ctx, one.nodeId, other.fingerprint), refusal("fleet.revoked"));
  });
});

describe("a node's presence", () => {
  beforeEach(async () => {
    await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
  });

  test("ends after 40 s of silence and comes back with a heartbeat, each told once", async () => {
    const [silent, loud] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
    control.advance(39 * secondMs);
    beat(loud.id);
    await flushHeartbeats(control.ctx);
    await noteSilence(control.ctx);
    assert.equal((await nodeOf(silent.id)).state, "online");

    control.advance(2 * secondMs);
    await noteSilence(control.ctx);
    await noteSilence(control.ctx);
    assert.equal((await nodeOf(silent.id)).state, "offline");
    assert.equal((await nodeOf(loud.id)).state, "online");

    beat(silent.id, { load: 0.25 });
    await flushHeartbeats(control.ctx);
    await flushHeartbeats(control.ctx);
    assert.deepEqual([(await nodeOf(silent.id)).state, (await nodeOf(silent.id)).load], ["online", 0.25]);
    const events = control.ctx.db.selectFrom("events").select("name").where("node_id", "=", silent.id).orderBy("id");
    assert.deepEqual(await events.execute(), [{ name: "fleet.node_offline" }, { name: "fleet.node_online" }]);
  });

  test("is not spoilt by the nonsense of another node", async () => {
    const [sane, mad] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
    beat(sane.id, { load: 0.75 });
    beat(mad.id, { load: Number.NaN, memoryUsedBytes: 2n ** 64n - 1n, revision: 2n ** 64n - 1n });
    await flushHeartbeats(control.ctx);
    assert.equal((await nodeOf(sane.id)).load, 0.75);
    assert.equal((await nodeOf(mad.id)).load, 0);
    await greet(mad.id, { cores: 2 ** 32 - 1, memoryBytes: 2n ** 64n - 1n, stunPort: 2 ** 32 - 1 });
    assert.equal(
      (await operator(fleet.listNodes, {})).items.some(({ id }) => id === mad.id),
      true,
    );
    await assert.rejects(greet(mad.id, { portFrom: 5, portTo: 4 }), refusal("fleet.bad_ports"));
  });

  test("is listed by state, as it is shown", async () => {
    const [open, cordoned, offline] = [
      await onlineNode(control.ctx),
      await onlineNode(control.ctx),
      await onlineNode(control.ctx, { state: "offline", scheduling: "cordoned" }),
    ];
    assert.equal((await operator(fleet.cordonNode, { nodeId: cordoned.id as NodeId })).state, "cordoned");
    assert.equal((await operator(fleet.cordonNode, { nodeId: cordoned.id as NodeId })).state, "cordoned");
    for (const [state, id] of [
      ["online", open.id],
      ["cordoned", cordoned.id],
      ["offline", offline.id],
    ] as const) {
      const { items } = await operator(fleet.listNodes, { state });
      assert.deepEqual(
        items.map((node) => [node.id, node.state]),
        [[id, state]],
      );
    }
    const cordons = control.ctx.db.selectFrom("events").select("name").where("node_id", "=", cordoned.id);
    assert.deepEqual(await cordons.execute(), [{ name: "fleet.node_cordoned" }]);
  });
});

describe("the authority", () => {
  test("is replaced while both are believed, and not retired before the last node left it", async () => {
    await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
    const node = await joined("loyal");
    const [first] = (await operator(fleet.listAuthorities, {})).items;
    const second = await operator(fleet.rotateAuthority, {});
    assert.deepEqual(
      (await operator(fleet.listAuthorities, {})).items.map(({ id, state }) => [id, state]),
      [
        [second.id, "active"],
        [first?.id, "trusted"],
      ],
    );
    assert.equal(await refusalOf(operator(fleet.rotateAuthority, {})), "409 fleet.rotation_running");
    const retire = (authorityId = second.id) => operator(fleet.retireAuthority, { authorityId });
    assert.equal(await refusalOf(retire(first?.id)), "409 fleet.authority_in_use");
    assert.equal(await refusalOf(retire()), "404 fleet.no_such_authority");

    const { authorities } = await certify(control.ctx, node.nodeId, node.request);
    assert.equal(splitCertificates(authorities).length, 2);
    assert.equal((await retire(first?.id)).state, "retired");
    assert.equal(await refusalOf(retire(first?.id)), "404 fleet.no_such_authority");
    assert.equal(splitCertificates((await certify(control.ctx, node.nodeId, node.request)).authorities).length, 1);
    assert.equal(await refusalOf((await control.as("admin"))(fleet.rotateAuthority, {})), "403 accounts.not_permitted");
  });

  test("is made once by many that start at the same time", async () => {
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => operator(fleet.rotateAuthority, {})));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    const rows = await control.ctx.db.selectFrom("certificate_authorities").selectAll().execute();
    assert.equal(rows.filter(({ state }) => state === "active").length, 1);
    assert.ok(rows.every(({ private_key }) => !private_key.includes("PRIVATE KEY")));
  });
});
