import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { catalogue, type Role, serials } from "@berth/api";
import { hourMs } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { planOf } from "../../tests/support/sales.ts";
import { idempotencySweep } from "./idempotency.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

let count = 0;
const newKey = () => `key-${++count}`;
const newName = () => `Plan of ${++count}`;

const plan = (name: string) => ({ name, kind: "derp", durationDays: 30, price: { minor: "500", currency: "EUR" } });

/** A request by hand: its status, whether it was answered again, and the very text. */
async function post(path: string, body: object, key: string, token = operator.token) {
  const response = await control.send(`http://test/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "idempotency-key": key },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    isReplay: response.headers.get("idempotency-replayed") === "true",
    text,
    code: JSON.parse(text).code,
  };
}

const query = (sql: string, values: unknown[] = []) => control.database.pool.query(sql, values);
const plansCalled = async (name: string) => (await query("select 1 from plans where name = $1", [name])).rowCount;
const keysCalled = async (key: string) => (await query("select * from idempotency_keys where key = $1", [key])).rows;

/** Until a statement of another connection waits in this way. */
async function untilWaiting(kind: string): Promise<number> {
  for (;;) {
    const { rows } = await query(
      "select pid from pg_stat_activity where datname = current_database() and (wait_event_type = $1 or wait_event = $1)",
      [kind],
    );
    if (rows[0]) return rows[0].pid;
  }
}

describe("a request with an Idempotency-Key", () => {
  test("is done once, however many ask with it at the same time", async () => {
    const key = newKey();
    const name = newName();
    const answers = await Promise.all(Array.from({ length: 64 }, () => post("/plans", plan(name), key)));
    const done = answers.filter(({ status }) => status === 200);
    assert.equal(done.filter(({ isReplay }) => !isReplay).length, 1);
    assert.equal(new Set(done.map(({ text }) => text)).size, 1);
    for (const { status, code } of answers) {
      if (status !== 200) assert.deepEqual([status, code], [409, "http.key_in_flight"]);
    }
    assert.equal(await plansCalled(name), 1);
    const later = await post("/plans", plan(name), key);
    assert.deepEqual([later.status, later.isReplay, later.text], [200, true, done[0]?.text]);
  });

  test("is refused while the first one is under way", async () => {
    const key = newKey();
    const name = newName();
    const holder = await control.database.pool.connect();
    await holder.query("begin; lock table plans in share row exclusive mode");
    const first = post("/plans", plan(name), key);
    await untilWaiting("Lock");
    const second = await post("/plans", plan(name), key);
    assert.deepEqual([second.status, second.code], [409, "http.key_in_flight"]);
    await holder.query("commit");
    holder.release();
    assert.equal((await first).status, 200);
    assert.equal((await post("/plans", plan(name), key)).isReplay, true);
  });

  test("is refused for another body and another route, and free for another account", async () => {
    const key = newKey();
    const name = newName();
    assert.equal((await post("/plans", plan(name), key)).status, 200);
    assert.deepEqual(await codeOf(post("/plans", plan(newName()), key)), [422, "http.key_of_another"]);
    assert.deepEqual(await codeOf(post("/join-tokens", {}, key)), [422, "http.key_of_another"]);
    const other = await control.as("super_admin" satisfies Role);
    const own = await post("/plans", plan(newName()), key, other.token);
    assert.deepEqual([own.status, own.isReplay], [200, false]);
  });

  test("is tied to the thing it names in its address", async () => {
    const key = newKey();
    const [one, two] = [await onlineNode(control.ctx), await onlineNode(control.ctx)];
    assert.equal((await post(`/nodes/${one.id}/cordon`, {}, key)).status, 200);
    assert.equal((await post(`/nodes/${two.id}/cordon`, {}, key)).status, 422);
  });
});

describe("an Idempotency-Key", () => {
  for (const [what, key] of [
    ["empty", ""],
    ["of 256 characters", "x".repeat(256)],
    ["with a space in it", "a b"],
    ["with a control character", "a\tb"],
    ["with other letters", "schlüssel"],
  ] as const) {
    test(`is refused when it is ${what}`, async () => {
      const name = newName();
      assert.equal((await post("/plans", plan(name), key)).status, 400);
      assert.equal(await plansCalled(name), 0);
    });
  }

  test("of a refused request may be tried again, and is not kept", async () => {
    const key = newKey();
    const name = newName();
    await planOf(operator, { name });
    assert.equal((await post("/plans", plan(name), key)).code, "catalogue.name_taken");
    assert.deepEqual(await keysCalled(key), []);
    await query("delete from prices where plan_id = (select id from plans where name = $1)", [name]);
    await query("delete from plans where name = $1", [name]);
    const again = await post("/plans", plan(name), key);
    assert.deepEqual([again.status, again.isReplay], [200, false]);
  });
});

describe("what is kept", () => {
  test("saves nobody a try at a wrong serial", async () => {
    const customer = await control.as("customer");
    const tries: unknown[] = [];
    for (let left = 4; left >= 0; left--) {
      const reply = await post("/redemptions", { code: "wrong" }, newKey(), customer.token);
      tries.push(JSON.parse(reply.text).triesLeft);
    }
    assert.deepEqual(tries, [4, 3, 2, 1, 0]);
    const locked = await post("/redemptions", { code: "wrong" }, newKey(), customer.token);
    assert.equal(locked.status, 429);
  });

  test("stands for 48 hours, then for a new request, swept or not", async () => {
    const key = newKey();
    assert.equal((await post("/join-tokens", {}, key)).isReplay, false);
    control.advance(47 * hourMs);
    assert.equal((await post("/join-tokens", {}, key)).isReplay, true);
    control.advance(2 * hourMs);
    assert.equal((await post("/join-tokens", {}, key)).isReplay, false);
    await idempotencySweep.run(control.ctx);
    assert.equal((await keysCalled(key)).length, 1);
    control.advance(49 * hourMs);
    await idempotencySweep.run(control.ctx);
    assert.deepEqual((await query("select key from idempotency_keys")).rows, []);
  });

  test("brings secrets that are shown once again, and keeps none readable", async () => {
    const key = newKey();
    const { id: planId } = await planOf(operator);
    const redeemBy = new Date(control.ctx.now().getTime() + 48 * hourMs).toISOString();
    const input = { planId, name: "Batch", count: 3, redeemBy };
    const { codes } = await operator(serials.createBatch, input, { idempotencyKey: key });
    const again = await operator(serials.createBatch, input, { idempotencyKey: key });
    assert.deepEqual(again.codes, codes);
    const { rows } = await query("select row_to_json(t)::text as row from idempotency_keys t");
    const [kept] = await keysCalled(key);
    const bytes = (kept.reply as Buffer).toString("latin1") + rows.map(({ row }) => row).join("");
    for (const code of codes) assert.ok(!bytes.includes(code) && !bytes.includes(Buffer.from(code).toString("hex")));
    // Moved to another key, it does not open.
    await query("update idempotency_keys set key = key || 'x' where key = $1", [key]);
    assert.equal((await post("/serial-batches", input, `${key}x`)).status, 500);
  });
});

describe("a database that dies", () => {
  test("between effect and commit leaves neither effect nor key; the next try does it once", async () => {
    const key = newKey();
    const name = newName();
    await query(
      "create or replace function slow() returns trigger language plpgsql as 'begin perform pg_sleep(20); return new; end'",
    );
    await query("create trigger slow after insert on idempotency_keys for each row execute function slow()");
    const cut = post("/plans", plan(name), key);
    await query("select pg_terminate_backend($1)", [await untilWaiting("PgSleep")]);
    assert.deepEqual(await codeOf(cut), [503, "database.away"]);
    await query("drop trigger slow on idempotency_keys");
    assert.deepEqual([await plansCalled(name), (await keysCalled(key)).length], [0, 0]);
    assert.equal((await post("/plans", plan(name), key)).isReplay, false);
    assert.equal((await post("/plans", plan(name), key)).isReplay, true);
    assert.equal(await plansCalled(name), 1);
  });
});

test("the typed client passes a key on", async () => {
  const key = newKey();
  const name = newName();
  const first = await operator(catalogue.createPlan, plan(name), { idempotencyKey: key });
  assert.deepEqual(await operator(catalogue.createPlan, plan(name), { idempotencyKey: key }), first);
  assert.equal(await refusalOf(operator(catalogue.createPlan, plan(name))), "409 catalogue.name_taken");
});

async function codeOf(reply: ReturnType<typeof post>) {
  const { status, code } = await reply;
  return [status, code];
}
