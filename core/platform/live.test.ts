import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, live as api, type Role } from "@berth/api";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { createApp } from "../../apps/control/src/control.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { type LiveClient, liveClient } from "../../tests/support/live.ts";
import { record, sealEvents, sealedChannel } from "../audit/index.ts";
import { listen } from "./notify.ts";

let control: TestControl;
/** Two replicas over one database; only the first one hears notifications. */
let replicas: { url: string; app: FastifyInstance }[];
let listener: { close(): Promise<void> };

before(async () => {
  control = await testControl();
  replicas = [await replica(), await replica()];
  const heard = Promise.withResolvers<void>();
  listener = listen(control.database.url, pino({ level: "silent" }), {
    channels: { [sealedChannel]: () => void replicas[0]?.app.live.wake() },
    onConnect: heard.resolve,
  });
  await heard.promise;
});
after(async () => {
  await listener.close();
  await Promise.all(replicas.map(({ app }) => app.close()));
  await control.close();
});

async function replica() {
  const log = pino({ level: "silent" });
  const { ctx, keyring } = control;
  const addresses = { linkUrl: "https://127.0.0.1:8443", publicUrl: "http://127.0.0.1" };
  const app = await createApp(ctx, { log, keyring, ...addresses });
  return { app, url: await app.listen({ host: "127.0.0.1", port: 0 }) };
}

const urlOf = (index: number) => (replicas[index] as { url: string }).url;

async function connect(role: Role, { at = 0 } = {}) {
  const person = await control.as(role);
  const client = liveClient(urlOf(at), { token: person.token });
  await client.until("welcome");
  return { ...client, ...person, call: person };
}

async function follow(client: LiveClient, ...topics: api.Topic[]): Promise<void> {
  client.send({ type: "subscribe", topics: topics.map((topic) => ({ topic })) });
  await client.until("subscribed");
}

let made = 0;
/** Records and seals one event about a lease of nobody; returns the lease. */
async function happen(event: { accountId?: string; nodeId?: string; name?: string } = {}): Promise<string> {
  const leaseId = `lease_${++made}`;
  await record(control.ctx, { name: "tests.happened", leaseId, ...event });
  await sealEvents(control.ctx);
  return leaseId;
}

const hears = (client: LiveClient, leaseId: string) =>
  client.until("changes", ({ changes }) => changes.some(({ id }) => id === leaseId));

describe("a live socket", () => {
  test("tells staff which object changed, with the position and nothing else", async () => {
    const staff = await connect("admin");
    await follow(staff, "leases", "nodes");
    const leaseId = await happen({ nodeId: "node_1" });
    const { changes, position } = await hears(staff, leaseId);
    assert.deepEqual(changes, [
      { topic: "leases", id: leaseId, position },
      { topic: "nodes", id: "node_1", position },
    ]);
    staff.socket.terminate();
  });

  test("tells customers of their own objects only, and of what they may follow at all", async () => {
    const customer = await connect("customer");
    await follow(customer, "leases", "me");
    await happen();
    const own = await happen({ accountId: customer.accountId });
    await hears(customer, own);
    assert.deepEqual(
      customer.changes().map((line) => line.split(" ").slice(0, 2).join(" ")),
      [`leases ${own}`],
    );
    customer.send({ type: "subscribe", topics: [{ topic: "plans" }, { topic: "events" }] });
    assert.equal((await customer.until("refused")).code, "live.not_permitted");
    await happen({ accountId: customer.accountId, name: "catalogue.plan_created" });
    assert.ok(!customer.changes().some((line) => line.startsWith("plans")), "not half of what it asked for either");
    customer.socket.terminate();
  });

  test("can follow one object, and stop", async () => {
    const staff = await connect("admin");
    const next = `lease_${made + 2}`;
    staff.send({ type: "subscribe", topics: [{ topic: "leases", id: next }] });
    await staff.until("subscribed");
    await happen();
    await happen();
    await hears(staff, next);
    assert.equal(staff.changes().length, 1);
    staff.send({ type: "unsubscribe", topics: [{ topic: "leases", id: next }] });
    await follow(staff, "nodes");
    await happen({ nodeId: "node_2" });
    await staff.until("changes", ({ changes }) => changes.some(({ id }) => id === "node_2"));
    assert.equal(staff.changes().filter((line) => line.startsWith("leases")).length, 1);
    staff.socket.terminate();
  });

  test("tells each change once, in order, whichever replica it is at and however many write", async () => {
    const clients = [await connect("admin"), await connect("admin", { at: 1 })];
    for (const client of clients) await follow(client, "leases");
    const first = made + 1;
    await storm(120);
    const last = await happen();
    const wanted = Array.from({ length: made - first + 1 }, (_, index) => `lease_${first + index}`);
    for (const client of clients) {
      await hears(client, last);
      const ids = client.changes().map((line) => line.split(" ")[1]);
      assert.deepEqual([...ids].sort(), [...wanted].sort());
      const positions = client.changes().map((line) => Number(line.split(" ")[2]));
      assert.deepEqual(
        positions,
        positions.toSorted((a, b) => a - b),
      );
      client.socket.terminate();
    }
  });
});

/** Many writers and sealers at once. */
async function storm(count: number): Promise<void> {
  await Promise.all(Array.from({ length: 6 }, () => Promise.all(Array.from({ length: count / 6 }, () => happen()))));
}

describe("a live socket that comes back", () => {
  test("hears what it missed, each change once, while others write on", async () => {
    const person = await control.as("admin");
    const first = liveClient(urlOf(0), { token: person.token });
    const { position: start } = await first.until("welcome");
    await follow(first, "leases");
    const began = made + 1;
    const writing = storm(240);
    const seen = new Set<string>();
    let after = start;
    let client: LiveClient = first;
    const note = () => {
      for (const line of client.changes()) {
        assert.ok(!seen.has(line), `${line} came twice`);
        seen.add(line);
      }
      const last = client.messages.at(-1);
      if (last && "position" in last) after = last.position;
    };
    for (let turn = 0; turn < 8; turn++) {
      client.socket.terminate();
      await client.closed;
      note();
      client = liveClient(urlOf(turn % 2), { token: person.token });
      await client.until("welcome");
      client.send({ type: "subscribe", topics: [{ topic: "leases" }], after });
      await client.until("subscribed");
      await Promise.race([client.until("changes").catch(() => {}), writing]);
    }
    await writing;
    await hears(client, await happen());
    note();
    const ids = [...seen].map((line) => line.split(" ")[1]);
    const wanted = Array.from({ length: made - began + 1 }, (_, index) => `lease_${began + index}`);
    assert.deepEqual(ids.sort(), wanted.sort());
    client.socket.terminate();
  });

  test("hears what it missed before what happens meanwhile", async () => {
    const staff = await connect("admin");
    const [first] = staff.messages;
    assert.ok(first && "position" in first);
    await many(3_000);
    await replicas[0]?.app.live.wake();
    staff.send({ type: "subscribe", topics: [{ topic: "events" }], after: first.position });
    await staff.until("subscribed");
    for (let count = 0; count < 10; count++) await happen();
    await staff.until("changes", ({ changes }) =>
      changes.some(({ position }) => Number(position) === Number(first.position) + 3_010),
    );
    const positions = staff.changes().map((line) => Number(line.split(" ")[2]));
    assert.deepEqual(
      positions,
      Array.from({ length: 3_010 }, (_, index) => Number(first.position) + 1 + index),
    );
    staff.socket.terminate();
  });
});

describe("a live socket that was away for long", () => {
  test("is told to fetch everything again when it missed too much, or knows a position of somewhere else", async () => {
    const staff = await connect("admin");
    staff.send({ type: "subscribe", topics: [{ topic: "leases" }], after: "999999999" });
    const { position } = await staff.until("reset");
    const leaseId = await happen();
    assert.ok(BigInt((await hears(staff, leaseId)).position) > BigInt(position), "and goes on from there");
    await many(api.limits.replayedEvents + 1);
    await hears(staff, await happen()); // by now the replica has seen them all
    staff.messages.length = 0;
    staff.send({ type: "subscribe", topics: [{ topic: "nodes" }], after: position });
    await staff.until("reset");
    staff.socket.terminate();
  });
});

/** Sealed events of no topic, as quickly as the database can. */
async function many(count: number): Promise<void> {
  const turn = ++made;
  await control.database.pool.query(
    `with made as (
       insert into events (id, at, name, actor, data)
       select 'event_many_${turn}_' || n, now(), 'tests.many', 'system:test', '{}' from generate_series(1, ${count}) n returning id)
     select count(*) from made`,
  );
  while ((await sealEvents(control.ctx)) > 0) {
    // Until nothing is left.
  }
}

describe("a live socket of somebody who may not go on", () => {
  test("is closed when the session is ended, heard of or not", async () => {
    for (const at of [0, 1]) {
      const customer = await connect("customer", { at });
      await follow(customer, "leases");
      await customer.call(accounts.signOut, {});
      await sealEvents(control.ctx);
      assert.equal(await customer.closed, api.closeCodes.unauthenticated, `replica ${at}`);
      await happen({ accountId: customer.accountId });
      assert.deepEqual(customer.changes(), []);
    }
  });

  test("is closed when the account is suspended or changes its role, although nothing was recorded or sent", async () => {
    const suspended = await connect("customer");
    const demoted = await connect("admin", { at: 1 });
    await control.database.pool.query("update accounts set state = 'suspended' where id = $1", [suspended.accountId]);
    await control.database.pool.query("update accounts set role = 'customer' where id = $1", [demoted.accountId]);
    assert.equal(await suspended.closed, api.closeCodes.unauthenticated);
    assert.equal(await demoted.closed, api.closeCodes.changed);
  });

  test("is never opened without a session, with a dead one, or by another site", async () => {
    const { token } = await control.as("customer");
    const { host } = new URL(urlOf(0));
    const cookie = `berth=${token}`;
    assert.equal(await liveClient(urlOf(0), { token: "nonsense" }).closed, api.closeCodes.unauthenticated);
    const foreign = liveClient(urlOf(0), { headers: { cookie, origin: "https://other.example" } });
    assert.equal(await foreign.closed, api.closeCodes.unauthenticated);
    assert.deepEqual(foreign.messages, []);
    const own = liveClient(urlOf(0), { headers: { cookie, origin: `http://${host}` } });
    await own.until("welcome");
    own.socket.terminate();
  });
});

describe("a live socket is bounded", () => {
  test("five for a session, the sixth is closed", async () => {
    const { token } = await control.as("customer");
    const clients = Array.from({ length: 6 }, () => liveClient(urlOf(0), { token }));
    const welcomed = await Promise.allSettled(clients.map((client) => client.until("welcome")));
    assert.equal(welcomed.filter(({ status }) => status === "fulfilled").length, 5);
    const index = welcomed.findIndex(({ status }) => status === "rejected");
    assert.equal(await clients[index]?.closed, api.closeCodes.exhausted);
    for (const { socket } of clients) socket.terminate();
  });

  test("fifty topics, 16 KiB a message, messages that mean something", async () => {
    const staff = await connect("admin");
    const ids = Array.from({ length: 50 }, (_, index) => ({ topic: "leases", id: `lease_x${index}` }));
    staff.send({ type: "subscribe", topics: ids });
    await staff.until("subscribed");
    staff.send({ type: "subscribe", topics: [{ topic: "nodes" }] });
    assert.equal((await staff.until("refused")).code, "live.too_many");
    for (const wrong of ["{", "[]", '{"type":"subscribe","topics":[{"topic":"passwords"}]}', '{"type":"x"}']) {
      staff.messages.length = 0;
      staff.socket.send(wrong);
      assert.equal((await staff.until("refused")).code, "live.bad_message", wrong);
    }
    staff.socket.send("x".repeat(api.limits.messageBytes + 1));
    assert.equal(await staff.closed, 1009);
  });

  test("who asks without reading the answers is closed", async () => {
    const staff = await connect("admin");
    await happen();
    for (let count = 0; count < 200; count++) {
      staff.send({ type: "subscribe", topics: [{ topic: "leases" }], after: "0" });
    }
    assert.equal(await staff.closed, api.closeCodes.exhausted);
  });

  test("who does not read is cut off and holds up nobody", async (t) => {
    const slow = await connect("admin");
    const quick = await connect("admin");
    t.after(() => {
      for (const client of [slow, quick]) client.socket.terminate();
    });
    for (const client of [slow, quick]) await follow(client, "leases", "nodes");
    slow.socket.pause();
    for (let round = 0; round < 150; round++) {
      await flood(round, 40);
      await hears(quick, await happen());
    }
    slow.socket.resume();
    assert.equal(await slow.closed, 1006);
    quick.socket.terminate();
  });
});

/** Sealed events about objects with names of 2 KB: the system keeps some megabytes for a reader. */
async function flood(round: number, count: number): Promise<void> {
  await control.database.pool.query(
    `insert into events (id, at, name, actor, lease_id, node_id, data)
     select 'event_flood_${round}_' || n, now(), 'tests.flood', 'system:test', repeat('x', 2000), repeat('y', 2000), '{}'
     from generate_series(1, ${count}) n`,
  );
  while ((await sealEvents(control.ctx)) > 0) {
    // Until nothing is left.
  }
}
