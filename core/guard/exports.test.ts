import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, test } from "node:test";
import { accounts, audit, serials } from "@berth/api";
import { dayMs, sleep } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import { appOver } from "../../tests/support/app.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { nextTestPort } from "../../tests/support/ports.ts";
import { planOf } from "../../tests/support/sales.ts";
import { limits } from "./limit.ts";
import { WorkTurns } from "./work-turns.ts";

let control: TestControl;
let operator: Person;
let app: FastifyInstance;
/** Lets an account search three times. */
let strict: FastifyInstance;
const port = nextTestPort();

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  const { id: planId } = await planOf(operator);
  const redeemBy = new Date(control.ctx.now().getTime() + dayMs).toISOString();
  const { batch } = await operator(serials.createBatch, { planId, name: "Batch", count: 1, redeemBy });
  await control.database.pool.query(
    `insert into serials (id, batch_id, hash, prefix, state)
     select 'serial_' || lpad(n::text, 26, '0'), $1, sha256(n::text::bytea), 'ABCDE', 'unused'
     from generate_series(1, 100000) n`,
    [batch.id],
  );
  app = await appOver(control.ctx);
  await app.listen({ host: "127.0.0.1", port });
  const search = { ...limits.search, subject: { ...limits.search.subject, most: 3 } };
  strict = await appOver(control.ctx, { ...limits, search });
  await strict.ready();
});
after(async () => {
  await Promise.all([app.close(), strict.close()]);
  await control.close();
});

/** Begins to take a list away, and reads no more than its head. */
function begin({ token }: Person, method = "GET"): Promise<{ status: number; leave: () => void }> {
  const url = `http://127.0.0.1:${port}/api/v1/serials?format=csv`;
  return new Promise((resolve, reject) => {
    const sent = get(url, { method, headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
      if (response.statusCode !== 200) response.resume();
      resolve({ status: response.statusCode ?? 0, leave: () => void response.destroy() });
    });
    sent.on("error", reject);
  });
}

test("an account takes two files away at once; one that is broken off makes room, and others have room of their own", async () => {
  const [first, second] = [await begin(operator), await begin(operator)];
  assert.deepEqual([first.status, second.status], [200, 200]);
  assert.equal((await begin(operator)).status, 429);
  const other = await begin(await control.as("admin"));
  assert.equal(other.status, 200);
  other.leave();
  first.leave();
  let third = await begin(operator);
  for (let asked = 0; third.status !== 200 && asked < 200; asked++) {
    await sleep(20);
    third = await begin(operator);
  }
  assert.equal(third.status, 200);
  third.leave();
  second.leave();
});

test("a file that was refused for that is not said to have been taken away", async () => {
  const person = await control.as("admin");
  const taken = await Promise.all([begin(person), begin(person), begin(person)]);
  assert.deepEqual(taken.map(({ status }) => status).sort(), [200, 200, 429]);
  const { items } = await operator(audit.listEvents, { actor: person.accountId });
  assert.equal(items.length, 2);
  for (const { leave } of taken) leave();
});

test("an account takes away so many in ten minutes, from however many addresses, and reads on meanwhile", async () => {
  const person = await control.as("admin");
  const { most } = limits.export.subject;
  const url = "http://test/api/v1/nodes?format=csv";
  const headers = { authorization: `Bearer ${person.token}` };
  const taken: number[] = [];
  for (let index = 0; index < most + 5; index++) {
    const reply = await control.sendFrom(`192.0.2.${index}`)(url, { headers });
    await reply.text();
    taken.push(reply.status);
  }
  assert.deepEqual(taken.slice(most), [429, 429, 429, 429, 429]);
  assert.ok(taken.slice(0, most).every((status) => status === 200));
  assert.equal((await person(accounts.getMe, {})).id, person.accountId);
});

/** What an account is answered that asks six times, each time from another address. */
async function answersTo(url: string): Promise<number[]> {
  const person = await control.as("super_admin");
  const headers = { authorization: `Bearer ${person.token}` };
  const answers: number[] = [];
  for (let index = 0; index < 6; index++) {
    answers.push((await strict.inject({ url, headers, remoteAddress: `192.0.3.${index}` })).statusCode);
  }
  assert.equal((await strict.inject({ url: "/api/v1/plans", headers, remoteAddress: "192.0.3.9" })).statusCode, 200);
  return answers;
}

test("an account searches so often, from however many addresses", async () => {
  assert.deepEqual(await answersTo("/api/v1/events"), [200, 200, 200, 429, 429, 429]);
  assert.deepEqual(await answersTo("/api/v1/plans"), [200, 200, 200, 200, 200, 200], "the control");
});

test("requests that are wrong count for their account, too", async () => {
  assert.deepEqual(await answersTo("/api/v1/events?nonsense=1"), [400, 400, 400, 429, 429, 429]);
});

test("one account's searches leave turns to everybody else's", async () => {
  const turns = new WorkTurns();
  const gate = Promise.withResolvers<void>();
  const works = Array.from({ length: 14 }, () => turns.inTurn("search", "one", () => gate.promise));
  const answers = Promise.allSettled(works);
  assert.equal(await turns.inTurn("search", "another", async () => "found"), "found");
  gate.resolve();
  const refused = (await answers).filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 2, "two at work and ten waiting");
  assert.equal(await turns.inTurn("search", "one", async () => "found"), "found");
});
