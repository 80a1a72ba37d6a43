import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fleet, keyring, leases, serials, takesDryRun, takesKey } from "@berth/api";
import { contentOf } from "../support/content.ts";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { nodeKey } from "../support/devices.ts";
import { onlineNode } from "../support/nodes.ts";
import { batchOf, soldLease } from "../support/sales.ts";
import { addressOf, type Operation, operationsOf, withReal } from "./operations.ts";
import { nameOf } from "./routes.ts";

let control: TestControl;
let operator: Person;
let real: Record<string, string>;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  const [node] = [await onlineNode(control.ctx), await onlineNode(control.ctx), await onlineNode(control.ctx)];
  const { lease, plan, customer } = await soldLease(control);
  const { batch, codes } = await batchOf(control, operator, { planId: plan.id, payment: "pending" });
  const paid = await batchOf(control, operator, { planId: plan.id });
  const { items } = await operator(serials.listSerials, { batchId: batch.id });
  const device = await customer(leases.addDevice, { leaseId: lease.id, key: nodeKey(), name: "Device" });
  await operator(fleet.rotateAuthority, {});
  const { items: authorities } = await operator(fleet.listAuthorities, {});
  real = {
    nodeId: node.id,
    leaseId: lease.id,
    planId: plan.id,
    batchId: batch.id,
    serialId: items[0]?.id ?? "",
    deviceId: device.id,
    accountId: customer.accountId,
    authorityId: authorities[0]?.id ?? "",
    code: paid.codes[0] ?? codes[0] ?? "",
  };
});
after(() => control.close());

/** Tries that count although they are refused: what keeps anybody from guessing for nothing. */
const counted = [
  "public.redeem_failures",
  "public.factor_tries",
  "public.mailed_codes",
  "public.events",
  "public.unsealed_events",
];

async function rehearse(operation: Operation) {
  const { method, names, body } = operation;
  const url = addressOf(operation, withReal(names, real) as Record<string, string>);
  const response = await control.send(`${url}?dryRun=true`, {
    method,
    headers: { authorization: `Bearer ${operator.token}`, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(withReal(body.example, real)) } : {}),
  });
  return { status: response.status, reply: (await response.json()) as { dryRun?: boolean; code?: string } };
}

type Content = Record<string, string>;

/** Rehearses it; the database has to be what it was. */
async function assertUnchanged(operation: Operation, before: Content): Promise<{ answer: string; later: Content }> {
  const name = nameOf(operation.route);
  const { status, reply } = await rehearse(operation);
  const later = await contentOf(control.database);
  const told =
    status === 200 ? later : { ...later, ...Object.fromEntries(counted.map((table) => [table, before[table]])) };
  assert.deepEqual(told, before, name);
  assert.ok(status < 500, `${name}: ${JSON.stringify(reply)}`);
  if (status === 200) assert.equal(reply.dryRun, true, name);
  return { answer: status === 200 ? "done" : `${name}: ${status} ${reply.code}`, later };
}

test("a dry run of any route changes nothing, in any table", async () => {
  const all = await operationsOf(control);
  const refused: string[] = [];
  const mutations = all.filter(({ route }) => takesDryRun(route));
  let content = await contentOf(control.database);
  for (const operation of mutations) {
    const { answer, later } = await assertUnchanged(operation, content);
    content = later;
    if (answer !== "done") refused.push(answer);
  }
  assert.ok(refused.length < mutations.length / 2, `most could not be rehearsed:\n${refused.join("\n")}`);
});

test("what changes a file as well can neither be rehearsed nor held back by a key", async () => {
  for (const route of [keyring.rotateMasterKey, keyring.forgetMasterKey]) {
    assert.equal(takesKey(route), false, nameOf(route));
    const response = await control.send(`http://test/api/v1${route.path}?dryRun=true`, {
      method: "POST",
      headers: { authorization: `Bearer ${operator.token}`, "content-type": "application/json" },
      body: "{}",
    });
    assert.equal(response.status, 400, nameOf(route));
  }
});
