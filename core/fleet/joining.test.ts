import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fleet } from "@berth/api";
import { minuteMs } from "@berth/kit";
import { makeKeyPair, makeRequest } from "@berth/link";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { soldLease } from "../../tests/support/sales.ts";
import { enrolNode } from "./index.ts";
import { updateNode } from "./store.ts";

type NodeId = `node_${string}`;

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

async function enrol(token: string): Promise<string> {
  const request = await makeRequest(await makeKeyPair());
  return (await enrolNode(control.ctx, { token, request, name: "" })).nodeId;
}

test("a token shows how far its server has come, step by step", async () => {
  const { id, token } = await operator(fleet.createJoinToken, { name: "stepwise" });
  const step = async () => {
    const { state, step, nodeName } = await operator(fleet.getJoinToken, { joinTokenId: id });
    return [state, step, nodeName];
  };
  assert.deepEqual(await step(), ["waiting", "waiting", null]);
  const nodeId = await enrol(token);
  assert.deepEqual(await step(), ["used", "enrolled", "stepwise"]);
  for (const [change, expected] of [
    [{ state: "online" }, "connected"],
    [{ reach: "unproven" }, "not_reachable"],
    [{ is_unproven_allowed: true }, "ready"],
    [{ reach: "proven", is_unproven_allowed: false }, "ready"],
    [{ state: "offline" }, "offline"],
    [{ state: "removed" }, "removed"],
  ] as const) {
    await updateNode(control.ctx, nodeId, change);
    assert.equal((await step())[1], expected);
  }
});

test("a token that was revoked joins nobody, one that was used is revoked no more", async () => {
  const [unused, used] = [await operator(fleet.createJoinToken, {}), await operator(fleet.createJoinToken, {})];
  const revoked = await operator(fleet.revokeJoinToken, { joinTokenId: unused.id });
  assert.deepEqual([revoked.state, revoked.step], ["revoked", "over"]);
  assert.equal((await operator(fleet.revokeJoinToken, { joinTokenId: unused.id })).state, "revoked");
  await assert.rejects(enrol(unused.token), { code: "fleet.join_token_invalid" });
  await enrol(used.token);
  assert.equal(await refusalOf(operator(fleet.revokeJoinToken, { joinTokenId: used.id })), "409 fleet.join_token_used");
  const events = control.ctx.db.selectFrom("events").select("id").where("name", "=", "fleet.join_token_revoked");
  assert.equal((await events.execute()).length, 1);
});

test("tokens are listed for a day, newest first, without their secrets", async () => {
  const { id, token } = await operator(fleet.createJoinToken, { name: "listed", region: "eu" });
  control.advance(16 * minuteMs);
  const { items } = await operator(fleet.listJoinTokens, {});
  assert.deepEqual([items[0]?.id, items[0]?.name, items[0]?.region, items[0]?.state], [id, "listed", "eu", "expired"]);
  assert.ok(!JSON.stringify(items).includes(token.split(".")[1] as string));
  control.advance(24 * 60 * minuteMs);
  assert.deepEqual((await operator(fleet.listJoinTokens, {})).items, []);
});

test("before a node is removed it is shown what hangs on it", async () => {
  await control.ctx.db.updateTable("nodes").set({ state: "removed" }).execute();
  const [node, other] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
  await soldLease(control);
  await operator(fleet.cordonNode, { nodeId: other.id as NodeId });
  await soldLease(control);
  const nothing = await onlineNode(control.ctx);
  const preview = (nodeId: string) => operator(fleet.previewRemoval, { nodeId: nodeId as NodeId });
  assert.deepEqual(await preview(node.id), { instances: 2, leases: 2, customers: 2, alone: 1 });
  assert.deepEqual(await preview(nothing.id), { instances: 0, leases: 0, customers: 0, alone: 0 });
});
