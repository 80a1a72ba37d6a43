import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type CallOf, createRehearsal, fleet, leases, serials } from "@berth/api";
import { dayMs, newId } from "@berth/kit";
import { contentOf } from "../../tests/support/content.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { planOf, soldLease } from "../../tests/support/sales.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

type NodeId = CallOf<typeof fleet.getNode>["nodeId"];
type SerialId = CallOf<typeof serials.revokeSerial>["serialId"];

/** What became of each item, in a word. */
const told = (items: readonly { ok: boolean; problem?: { status: number; code: string } }[]) =>
  items.map((item) => (item.ok ? "ok" : `${item.problem?.status} ${item.problem?.code}`));

const nodes = async (count: number) => {
  const rows = await Promise.all(Array.from({ length: count }, () => onlineNode(control.ctx)));
  return rows.map(({ id }) => ({ nodeId: id as NodeId }));
};
const stateOf = async ({ nodeId }: { nodeId: NodeId }) => (await operator(fleet.getNode, { nodeId })).state;

describe("a batch", () => {
  test("answers each item in its place, and one that is refused holds up no other", async () => {
    const [first, second] = (await nodes(2)) as [{ nodeId: NodeId }, { nodeId: NodeId }];
    const gone = (await nodes(1))[0] as { nodeId: NodeId };
    await operator(fleet.revokeNode, { ...gone, reason: "gone" });
    const nobody = { nodeId: newId("node", control.ctx.now()) };
    const { items } = await operator(fleet.cordonNodes, { items: [first, nobody, gone, second] });
    assert.deepEqual(told(items), ["ok", "404 fleet.no_such_node", "409 fleet.node_removed", "ok"]);
    assert.deepEqual(items[3]?.ok && [items[3].reply.id, items[3].reply.state], [second.nodeId, "cordoned"]);
    assert.deepEqual([await stateOf(first), await stateOf(second)], ["cordoned", "cordoned"]);
    const back = await operator(fleet.uncordonNodes, { items: [first, second] });
    assert.deepEqual(told(back.items), ["ok", "ok"]);
  });

  test("suspends and resumes leases, each with its events", async () => {
    const [one, two] = [await soldLease(control), await soldLease(control)];
    const ids = [{ leaseId: one.lease.id }, { leaseId: two.lease.id }];
    const suspended = await operator(leases.suspendLeases, {
      items: [...ids, ...ids].map((id) => ({ ...id, reason: "a look" })),
    });
    assert.deepEqual(told(suspended.items), ["ok", "ok", "409 leases.wrong_state", "409 leases.wrong_state"]);
    const events = await control.database.pool.query("select lease_id from events where name = 'leases.suspended'");
    assert.equal(events.rowCount, 2);
    assert.deepEqual(told((await operator(leases.resumeLeases, { items: ids })).items), ["ok", "ok"]);
  });

  test("revokes serials", async () => {
    const { id: planId } = await planOf(operator);
    const redeemBy = new Date(control.ctx.now().getTime() + dayMs).toISOString();
    const { batch } = await operator(serials.createBatch, { planId, name: "Batch", count: 3, redeemBy });
    const { items } = await operator(serials.listSerials, { batchId: batch.id });
    const ids = items.map(({ id }) => ({ serialId: id as SerialId }));
    assert.deepEqual(told((await operator(serials.revokeSerials, { items: ids })).items), ["ok", "ok", "ok"]);
    assert.equal((await operator(serials.listBatches, {})).items.find(({ id }) => id === batch.id)?.revoked, 3);
  });

  test("takes 1 to 500 items, and no field that one item would not", async () => {
    const item = { nodeId: newId("node", control.ctx.now()) };
    assert.equal(await refusalOf(operator(fleet.cordonNodes, { items: [] })), "400 http.invalid");
    assert.equal(await refusalOf(operator(fleet.cordonNodes, { items: Array(501).fill(item) })), "400 http.invalid");
    const more = { items: [{ ...item, more: 1 }] };
    assert.equal(await refusalOf(operator(fleet.cordonNodes, more)), "400 http.invalid");
    assert.equal((await operator(fleet.cordonNodes, { items: Array(500).fill(item) })).items.length, 500);
  });

  test("asks for what one item asks for", async () => {
    const customer = await control.as("customer");
    assert.equal(await refusalOf(customer(fleet.cordonNodes, { items: await nodes(1) })), "403 accounts.not_permitted");
  });
});

describe("a batch in one transaction", () => {
  test("with an Idempotency-Key is done once, refused items and all", async () => {
    const [node] = (await nodes(1)) as [{ nodeId: NodeId }];
    const input = { items: [node, { nodeId: newId("node", control.ctx.now()) }] };
    const first = await operator(fleet.cordonNodes, input, { idempotencyKey: "batch" });
    await operator(fleet.uncordonNode, node);
    assert.deepEqual(await operator(fleet.cordonNodes, input, { idempotencyKey: "batch" }), first);
    assert.deepEqual(told(first.items), ["ok", "404 fleet.no_such_node"]);
    assert.equal(await stateOf(node), "online");
  });

  test("as a dry run tells each item's end and changes nothing", async () => {
    const items = [...(await nodes(2)), { nodeId: newId("node", control.ctx.now()) }];
    const rehearse = createRehearsal({ url: "http://test", token: () => operator.token, fetch: control.send });
    const before = await contentOf(control.database);
    const { reply, events } = await rehearse(fleet.cordonNodes, { items });
    assert.deepEqual(told(reply.items), ["ok", "ok", "404 fleet.no_such_node"]);
    assert.equal(events.length, 2);
    assert.deepEqual(await contentOf(control.database), before);
  });

  test("goes on after an item that broke half way", async () => {
    const [one, two, three] = (await nodes(3)) as [{ nodeId: NodeId }, { nodeId: NodeId }, { nodeId: NodeId }];
    await control.database.pool.query(
      `create function refuse_one() returns trigger language plpgsql as
       'begin if new.node_id = ''${two.nodeId}'' then perform 1 / 0; end if; return new; end'`,
    );
    await control.database.pool.query(
      "create trigger refuse_one before insert on events for each row execute function refuse_one()",
    );
    for (const idempotencyKey of [undefined, "breaks"]) {
      const options = idempotencyKey ? { idempotencyKey } : {};
      const { items } = await operator(fleet.cordonNodes, { items: [one, two, three] }, options);
      assert.deepEqual([items[0]?.ok, items[1]?.ok, items[2]?.ok], [true, false, true]);
      assert.deepEqual(
        [await stateOf(one), await stateOf(two), await stateOf(three)],
        ["cordoned", "online", "cordoned"],
      );
      for (const node of [one, three]) await operator(fleet.uncordonNode, node);
    }
    await control.database.pool.query("drop trigger refuse_one on events");
  });
});
