import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { createApp } from "../../apps/control/src/control.ts";
import { openContent } from "../../core/notices/content.ts";
import { addressOf, type Operation, operationsOf, withReal } from "../contract/operations.ts";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { onlineNode } from "../support/nodes.ts";
import { soldLease } from "../support/sales.ts";

const evil = "evil.example";
const forged = {
  host: evil,
  "x-forwarded-host": evil,
  "x-original-host": evil,
  "x-forwarded-server": evil,
  "x-host": evil,
  forwarded: `host=${evil}`,
};

let control: TestControl;
let customer: Person;
let operator: Person;
let leaseId: string;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
  const sold = await soldLease(control);
  customer = sold.customer;
  leaseId = sold.lease.id;
});
after(() => control.close());

const appAt = (publicUrl: string) =>
  createApp(control.ctx, { log: pino({ level: "silent" }), linkUrl: "https://127.0.0.1:8443", publicUrl });

async function answer(app: FastifyInstance, { method, names, body, route, path }: Operation, token?: string) {
  const real = { leaseId, accountId: customer.accountId };
  const url = addressOf({ path }, withReal(names, real) as Record<string, string>).replace("http://test", "");
  const reply = await app.inject({
    method: method as "GET",
    url: method === "GET" || route.dryRun === "off" ? url : `${url}?dryRun=true`,
    headers: { ...forged, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    payload: body && (withReal(body.example, real) as object),
  });
  return JSON.stringify([reply.headers, reply.body]);
}

/** Asks every route for everybody with a forged name; which of them have it in their answer. */
async function poison(app: FastifyInstance): Promise<string[]> {
  const poisoned = new Set<string>();
  for (const operation of await operationsOf(control)) {
    for (const token of [undefined, customer.token, operator.token]) {
      if ((await answer(app, operation, token)).includes(evil)) poisoned.add(`${operation.method} ${operation.path}`);
    }
  }
  return [...poisoned];
}

async function mailed(): Promise<string> {
  const rows = await control.ctx.db.selectFrom("mails").selectAll().execute();
  return JSON.stringify(rows.map((row) => openContent(control.ctx, row)));
}

describe("a forged name of this server", () => {
  test("comes into no answer and no mail, whatever header it stands in", async (t) => {
    const app = await appAt("http://berth.example");
    t.after(() => app.close());
    assert.deepEqual(await poison(app), []);
    assert.equal((await mailed()).includes(evil), false);
  });

  test("the control: it is found in answers where it is taken for this server's own", async (t) => {
    const app = await appAt(`http://${evil}`);
    t.after(() => app.close());
    const poisoned = await poison(app);
    assert.ok(poisoned.length > 0);
    t.diagnostic(poisoned.join(", "));
  });
});
