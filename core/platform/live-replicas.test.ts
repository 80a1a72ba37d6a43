import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { live as api, type Role } from "@berth/api";
import { sleep } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import { appOver } from "../../tests/support/app.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { type LiveClient, liveClient } from "../../tests/support/live.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { soldLease } from "../../tests/support/sales.ts";

interface Served {
  readonly app: FastifyInstance;
  readonly url: string;
}

let control: TestControl;
let one: Served;
let other: Served;

before(async () => {
  control = await testControl();
  [one, other] = [await serve(), await serve()];
  for (let n = 0; n < 3; n++) await onlineNode(control.ctx);
});
after(async () => {
  await Promise.all([one.app.close(), other.app.close()]);
  await control.close();
});

/** A replica over the one database. */
async function serve(): Promise<Served> {
  const app = await appOver(control.ctx);
  return { app, url: await app.listen({ host: "127.0.0.1", port: 0 }) };
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let waitedMs = 0; !(await holds()); waitedMs += 20) {
    assert.ok(waitedMs < 10_000, `did not happen: ${what}`);
    await sleep(20);
  }
}

const placesOf = async (sessions: string) =>
  (await control.database.pool.query(`select * from live_sockets where session_id in (${sessions})`)).rowCount;

/** Sockets of one session at these replicas, and how many of them were let in. */
async function connectAll(token: string, urls: readonly string[]) {
  const clients = urls.map((url) => liveClient(url, { token }));
  const welcomed = await Promise.allSettled(clients.map((client) => client.until("welcome")));
  const isIn = (_: LiveClient, index: number) => welcomed[index]?.status === "fulfilled";
  return { inside: clients.filter(isIn), outside: clients.filter((client, index) => !isIn(client, index)) };
}

describe("the five sockets of a session", () => {
  test("are counted over all replicas, however many are opened at the same time, and a closed one makes room", async () => {
    const { token, accountId } = await control.as("customer");
    const own = `select id from sessions where account_id = '${accountId}'`;
    const urls = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? one.url : other.url));
    const { inside, outside } = await connectAll(token, urls);
    assert.deepEqual([inside.length, outside.length], [5, 7]);
    for (const client of outside) assert.equal(await client.closed, api.closeCodes.exhausted);
    inside[0]?.socket.terminate();
    await until("a free place", async () => (await placesOf(own)) === 4);
    const next = await connectAll(token, [other.url, one.url]);
    assert.deepEqual([next.inside.length, next.outside.length], [1, 1]);
    for (const { socket } of [...inside, ...next.inside]) socket.terminate();
    await until("all places free", async () => (await placesOf(own)) === 0);
  });

  test("are given back when the replica that held them is gone without a word", async () => {
    const { token } = await control.as("customer");
    const gone = await serve();
    await connectAll(
      token,
      Array.from({ length: 5 }, () => gone.url),
    );
    assert.equal((await connectAll(token, [one.url])).inside.length, 0);
    // Killed: it says nothing more, and its row grows old, as others see that were there all the time.
    const { id } = gone.app.replica;
    await control.database.pool.query("delete from replicas where id = $1", [id]);
    assert.equal((await connectAll(token, [one.url])).inside.length, 1);
    await gone.app.close();
  });

  test("are closed by a replica that others took to be gone, as soon as it finds out", async () => {
    const { token } = await control.as("customer");
    const { inside } = await connectAll(token, [other.url]);
    await control.database.pool.query("delete from replicas where id = $1", [other.app.replica.id]);
    assert.equal(await inside[0]?.closed, api.closeCodes.unavailable);
    assert.equal((await connectAll(token, [other.url])).inside.length, 1);
  });
});

describe("rates", () => {
  async function follow(role: Role | { token: string }, leaseId: string, at = one) {
    const { token } = typeof role === "string" ? await control.as(role) : role;
    const client = liveClient(at.url, { token });
    await client.until("welcome");
    client.send({ type: "subscribe", topics: [{ topic: "usage", id: leaseId }] });
    await client.until("subscribed");
    return client;
  }

  const use = (leaseId: string, bytes: number) =>
    control.database.pool.query("update leases set used_bytes = used_bytes + $2 where id = $1", [leaseId, bytes]);
  const ratesOf = (client: LiveClient) =>
    client.messages.flatMap((message) => (message.type === "rates" ? message.rates : []));

  test("of a lease are told to those who may see it, at any replica, and to nobody else", async () => {
    const { customer, lease } = await soldLease(control);
    const followers = [
      await follow(customer, lease.id),
      await follow(customer, lease.id, other),
      await follow("admin", lease.id),
    ];
    const stranger = await follow("customer", lease.id);
    const using = setInterval(() => void use(lease.id, 1_000_000), 100);
    try {
      for (const client of followers) {
        await client.until("rates", ({ rates }) => rates.some(({ bytesPerSecond }) => bytesPerSecond > 100_000));
        assert.ok(ratesOf(client).every(({ id, ...rest }) => id === lease.id && Object.keys(rest).length === 1));
      }
    } finally {
      clearInterval(using);
    }
    assert.deepEqual(ratesOf(stranger), []);
    for (const { socket } of [...followers, stranger]) socket.terminate();
  });

  test("end when the session ends, and are followed of single leases only", async () => {
    const { customer, lease } = await soldLease(control);
    const client = await follow(customer, lease.id);
    await client.until("rates");
    client.send({ type: "subscribe", topics: [{ topic: "usage" }] });
    assert.equal((await client.until("refused")).code, "live.needs_id");
    await control.database.pool.query("delete from sessions where account_id = $1", [customer.accountId]);
    assert.equal(await client.closed, api.closeCodes.unauthenticated);
  });

  test("are not stopped for everybody by an id that the database can't even read", async () => {
    const { customer, lease } = await soldLease(control);
    const wrong = liveClient(one.url, await control.as("customer"));
    await wrong.until("welcome");
    wrong.send({ type: "subscribe", topics: [{ topic: "usage", id: "lease_\0" }] });
    assert.equal((await wrong.until("refused")).code, "live.bad_message");
    const client = await follow(customer, lease.id);
    await client.until("rates");
    for (const { socket } of [wrong, client]) socket.terminate();
  });

  test("of a lease whose period began anew are never below zero", async () => {
    const { customer, lease } = await soldLease(control);
    await use(lease.id, 1_000_000);
    const client = await follow(customer, lease.id);
    await client.until("rates");
    await control.database.pool.query("update leases set used_bytes = 0 where id = $1", [lease.id]);
    client.messages.length = 0;
    const { rates } = await client.until("rates");
    assert.deepEqual(rates, [{ id: lease.id, bytesPerSecond: 0 }]);
    client.socket.terminate();
  });
});

describe("what is no event", () => {
  test("is mentioned to those who follow it, once however often it happens at the same time", async () => {
    const admin = await control.as("admin");
    const [all, single, stranger] = [0, 1, 2].map(() => liveClient(one.url, admin)) as [
      LiveClient,
      LiveClient,
      LiveClient,
    ];
    for (const client of [all, single, stranger]) await client.until("welcome");
    all.send({ type: "subscribe", topics: [{ topic: "operations" }] });
    single.send({ type: "subscribe", topics: [{ topic: "operations", id: "operation_1" }] });
    stranger.send({ type: "subscribe", topics: [{ topic: "operations", id: "operation_2" }] });
    for (const client of [all, single, stranger]) await client.until("subscribed");
    for (let n = 0; n < 100; n++) one.app.live.mention("operations", "operation_1");
    for (const client of [all, single]) {
      const { changes } = await client.until("changes");
      assert.deepEqual(
        changes.map(({ topic, id }) => `${topic} ${id}`),
        ["operations operation_1"],
      );
    }
    one.app.live.mention("operations", "operation_2");
    await stranger.until("changes");
    assert.deepEqual(
      [all, single, stranger].map((client) => client.changes().length),
      [2, 1, 1],
    );
    for (const { socket } of [all, single, stranger]) socket.terminate();
  });
});
