import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { leases } from "@berth/api";
import fc from "fast-check";
import { contentOf } from "../support/content.ts";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { nodeKey } from "../support/devices.ts";
import { onlineNode } from "../support/nodes.ts";
import { soldLease } from "../support/sales.ts";
import { addressOf, type Operation, operationsOf, withReal } from "./operations.ts";
import { nameOf } from "./routes.ts";
import { type Wrong, wrongRequests } from "./wrong.ts";

/** For all properties together; a slow machine tries fewer, in the same order. */
const boundMs = 15_000;

let control: TestControl;
let operator: Person;
let operations: readonly Operation[];

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
  operations = await operationsOf(control);
});
after(() => control.close());

async function send({ method }: Operation, { url, body, type = "application/json" }: Wrong, token = operator.token) {
  const hasBody = body !== undefined && method !== "GET";
  const response = await control.send(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(hasBody ? { "content-type": type } : {}) },
    ...(hasBody ? { body } : {}),
  });
  return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
}

function assertProblem({ status, type, text }: Awaited<ReturnType<typeof send>>, what: string): void {
  assert.ok(status >= 400 && status < 500, `${what}: ${status} ${text.slice(0, 300)}`);
  assert.match(type, /^application\/problem\+json/, what);
  const problem = JSON.parse(text);
  assert.equal(problem.status, status, what);
  assert.match(problem.code, /^[a-z_]+\.[a-z_]+$/, what);
  assert.doesNotMatch(text, /\bat (?:file:|async |Object\.)|node_modules|\.ts:\d/, `${what} tells of its inside`);
}

describe("a request that is wrong", () => {
  test("is answered with a problem, whatever is wrong with it, and changes nothing", async () => {
    const before = await contentOf(control.database);
    const seen = new Map<string, number>();
    let turnedAway = 0;
    const byName = new Map(operations.map((operation) => [nameOf(operation.route), operation]));
    const wrong = fc
      .constantFrom(...byName.keys())
      .chain((name) => wrongRequests(byName.get(name) as Operation).map((request) => ({ name, request })));
    await fc.assert(
      fc.asyncProperty(wrong, async ({ name, request }) => {
        const operation = byName.get(name) as Operation;
        const reply = await send(operation, request);
        const what = `${name}, ${request.why}: ${request.url.slice(0, 200)} ${request.body?.slice(0, 300)}`;
        if (operation.method !== "GET" || reply.status !== 200) assertProblem(reply, what);
        seen.set(request.why, (seen.get(request.why) ?? 0) + 1);
        if (/"code":"guard\./.test(reply.text)) turnedAway += 1;
      }),
      { seed: 20_26, numRuns: 2_500, interruptAfterTimeLimit: boundMs, markInterruptAsFailure: false },
    );
    assert.deepEqual(await contentOf(control.database), before);
    const asked = [...seen.values()].reduce((sum, count) => sum + count);
    assert.ok(turnedAway < asked / 4, `the guard turned ${turnedAway} of ${asked} away before anybody looked at them`);
    for (const why of ["query", "field", "path", "a name twice", "__proto__", "another type"]) {
      assert.ok((seen.get(why) ?? 0) > 0, `nothing was wrong by ${why}: ${JSON.stringify([...seen])}`);
    }
  });

  test("for what belongs to somebody else is answered as if it were not there, and changes nothing", async () => {
    const owner = await soldLease(control);
    const stranger = await soldLease(control);
    const device = await owner.customer(leases.addDevice, { leaseId: owner.lease.id, key: nodeKey(), name: "Device" });
    const foreign = { leaseId: owner.lease.id, deviceId: device.id, accountId: owner.customer.accountId };
    const before = await contentOf(control.database);
    let asked = 0;
    for (const operation of operations.filter(({ names }) => "leaseId" in names || "deviceId" in names)) {
      const url = addressOf(operation, { ...operation.names, ...foreign });
      const body = operation.body && JSON.stringify(withReal(operation.body.example, foreign));
      const request = { why: "somebody else's", url, ...(body === undefined ? {} : { body }) };
      const reply = await send(operation, request, stranger.customer.token);
      assertProblem(reply, nameOf(operation.route));
      assert.ok(reply.status === 404 || reply.status === 403, `${nameOf(operation.route)}: ${reply.status}`);
      assert.doesNotMatch(reply.text, new RegExp(owner.customer.accountId), nameOf(operation.route));
      asked += 1;
    }
    assert.ok(asked >= 8, `${asked} routes were asked`);
    assert.deepEqual(await contentOf(control.database), before);
  });
});
