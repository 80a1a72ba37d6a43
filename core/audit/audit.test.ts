import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { audit } from "@berth/api";
import type pg from "pg";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { transaction } from "../platform/context.ts";
import { chainStart, type SealedFields, sealHash } from "./event.ts";
import { record, sealEvents, verifyEvents } from "./index.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

/** A chain of some events of its own for each test. */
async function freshChain(count: number): Promise<string[]> {
  await tamper("truncate events, unsealed_events, event_seals, event_heads, event_keys cascade");
  await append(count);
  await sealEvents(control.ctx);
  const events = await control.ctx.db.selectFrom("event_seals").select("event_id").orderBy("position").execute();
  return events.map(({ event_id }) => event_id);
}

async function append(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await record(control.ctx, {
      name: "tests.happened",
      leaseId: `lease_${index}`,
      data: { index, text: 'ö\n"', list: ["b", "a"] },
    });
  }
}

/** What somebody can do who has the database's password: triggers do not stop them. */
async function tamper(statement: string, values: unknown[] = []): Promise<void> {
  const client: pg.PoolClient = await control.database.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    const { rowCount } = await client.query(statement, values);
    assert.notEqual(rowCount, 0, statement);
  } finally {
    client.release(true);
  }
}

const problem = async () => (await verifyEvents(control.ctx)).problem ?? "none";

describe("the chain of events", () => {
  test("is clean when nobody touched it, sealed at once or bit by bit, and when there is none", async () => {
    await tamper("truncate events, unsealed_events, event_seals, event_heads, event_keys cascade");
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: 0 });
    await append(3);
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: 0 });
    assert.equal(await sealEvents(control.ctx), 3);
    await append(4);
    assert.equal(await sealEvents(control.ctx), 4);
    assert.equal(await sealEvents(control.ctx), 0);
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: 7 });
  });

  test("can't be changed by those who use the tables as they are", async () => {
    await freshChain(1);
    for (const statement of [
      "update events set name = 'other'",
      "delete from events",
      "update event_seals set position = 9",
      "delete from event_seals",
      "delete from event_heads",
      "truncate events cascade",
    ]) {
      await assert.rejects(control.database.pool.query(statement), /append-only/, statement);
    }
  });

  test("is read by staff, with positions, newest first", async () => {
    const ids = await freshChain(3);
    const { items } = await (await control.as("admin"))(audit.listEvents, { name: "tests.happened" });
    assert.deepEqual(
      items.map(({ id, position }) => [id, position]),
      ids.map((id, index) => [id, index + 1]).reverse(),
    );
    assert.deepEqual(items[2]?.data, { index: 0, text: 'ö\n"', list: ["b", "a"] });
    const one = await (await control.as("admin"))(audit.listEvents, { leaseId: "lease_1" });
    assert.equal(one.items.length, 1);
    assert.equal(await refusalOf((await control.as("customer"))(audit.listEvents, {})), "403 accounts.not_permitted");
  });
});

describe("a chain that was tampered with", () => {
  afterEach(() => freshChain(1));

  for (const [column, value] of [
    ["name", "'tests.other'"],
    ["actor", "'account_other'"],
    ["at", "at + interval '1 ms'"],
    ["account_id", "'account_x'"],
    ["lease_id", "null"],
    ["node_id", "'node_x'"],
    ["data", `'{"index":2,"text":"other"}'`],
  ]) {
    test(`names the event whose ${column} was edited`, async () => {
      const ids = await freshChain(5);
      await tamper(`update events set ${column} = ${value} where id = $1`, [ids[2]]);
      assert.equal(await problem(), `event ${ids[2]} at position 3 does not match its seal`);
    });
  }

  test("names the place where an event was removed, with its seal or without", async () => {
    const ids = await freshChain(5);
    await tamper("delete from events where id = $1", [ids[1]]);
    assert.equal(await problem(), "position 2 is missing");
    await tamper("delete from event_seals where event_id = $1", [ids[1]]);
    assert.equal(await problem(), "position 2 is missing");
    await tamper("update event_seals set position = position - 1 where position > 2");
    assert.equal(await problem(), `event ${ids[2]} at position 2 does not match its seal`);
  });

  test("names an event that was slipped in", async () => {
    const ids = await freshChain(3);
    await tamper(
      "insert into events select 'event_slipped_in', at, name, actor, null, null, null, data from events where id = $1",
      [ids[1]],
    );
    assert.match(await problem(), /^1 events are neither sealed nor waiting for it, the first is event_slipped_in$/);
    await tamper("update event_seals set position = 4 where position = 3");
    await tamper("insert into event_seals values (3, 'event_slipped_in', $1, now())", [Buffer.alloc(32)]);
    assert.equal(await problem(), "event event_slipped_in at position 3 does not match its seal");
  });

  test("names the first event that changed places", async () => {
    const ids = await freshChain(5);
    await tamper("update event_seals set position = 9 where position = 2");
    await tamper("update event_seals set position = 2 where position = 4");
    await tamper("update event_seals set position = 4 where position = 9");
    assert.equal(await problem(), `event ${ids[3]} at position 2 does not match its seal`);
  });

  test("names where its end was cut off", async () => {
    await freshChain(5);
    await tamper("delete from event_seals where position > 3");
    assert.match(await problem(), /chain ends at position 3, its newest signed head is at 5/);
    await tamper("delete from event_heads");
    assert.match(await problem(), /chain ends at position 3, its newest signed head is at 0/);
  });
});

describe("a forged chain", () => {
  afterEach(() => freshChain(1));

  test("is noticed although every later hash was made anew", async () => {
    await freshChain(2);
    await append(2);
    await sealEvents(control.ctx);
    await rewrite("tests.forged");
    assert.equal(await problem(), "head 2 was signed over another hash");
    await tamper("delete from event_heads where position < 4");
    assert.equal(await problem(), "head 4 was signed over another hash");
  });

  test("is noticed although its head was signed anew, with a key of the forger's", async () => {
    await freshChain(4);
    const { position, hash } = await rewrite("tests.forged");
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const signature = sign(null, Buffer.concat([Buffer.from(`berth head ${position}\n`), hash]), privateKey);
    await tamper("update event_heads set hash = $1, public_key = $2, signature = $3", [hash, raw, signature]);
    assert.equal(await problem(), "head 4 is signed with a foreign key");
    await tamper("insert into event_keys values ($1, $2, now())", [
      raw,
      Buffer.from("not sealed by the master key".repeat(3)),
    ]);
    assert.equal(await problem(), "head 4 is signed with a foreign key");
  });

  test("is noticed when a right hash has a wrong signature, and when it goes on beyond its last head", async () => {
    await freshChain(2);
    await tamper("update event_heads set signature = $1", [Buffer.alloc(64)]);
    assert.equal(await problem(), "head 2 has a wrong signature");
    await freshChain(2);
    await append(1);
    const { hash } = await control.ctx.db
      .selectFrom("event_seals")
      .selectAll()
      .orderBy("position", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    const added = await control.ctx.db
      .selectFrom("events")
      .selectAll()
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    await tamper("insert into event_seals values (3, $1, $2, now())", [added.id, sealHash(hash, 3n, added)]);
    assert.match(await problem(), /chain ends at position 3, its newest signed head is at 2/);
  });
});

/** Renames the first event and makes every hash fit again, as a forger without the master key could. */
async function rewrite(name: string): Promise<{ position: bigint; hash: Buffer }> {
  await tamper("update events set name = $1 where id = (select event_id from event_seals where position = 1)", [name]);
  const rows = await control.ctx.db
    .selectFrom("event_seals as s")
    .innerJoin("events as e", "e.id", "s.event_id")
    .selectAll("e")
    .select("s.position")
    .orderBy("s.position")
    .execute();
  let hash: Buffer = chainStart;
  for (const row of rows) {
    hash = sealHash(hash, row.position, row as SealedFields);
    await tamper("update event_seals set hash = $1 where position = $2", [hash, row.position]);
  }
  return { position: rows.at(-1)?.position ?? 0n, hash };
}

describe("sealing", () => {
  test("by many at once never forks the chain", async () => {
    await freshChain(1);
    const appending = append(300);
    const sealer = async () => {
      let sealed = 0;
      for (let turn = 0; turn < 10; turn++) sealed += await sealEvents(control.ctx);
      return sealed;
    };
    const [, ...sealed] = await Promise.all([appending, sealer(), sealer(), sealer()]);
    const rest = await sealEvents(control.ctx);
    assert.equal(
      sealed.reduce((sum, count) => sum + count, rest),
      300,
    );
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: 301 });
  });

  test("does not skip an event that was recorded early and committed late", async () => {
    await freshChain(1);
    const recorded = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const late = transaction(control.ctx, async (ctx) => {
      await record(ctx, { name: "tests.late" });
      recorded.resolve();
      await commit.promise;
    });
    await recorded.promise;
    await append(2);
    assert.equal(await sealEvents(control.ctx), 2);
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: 3 });
    commit.resolve();
    await late;
    assert.equal(await sealEvents(control.ctx), 1);
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: 4 });
  });

  test("leaves no trace of a change that did not happen", async () => {
    await freshChain(1);
    const failed = transaction(control.ctx, async (ctx) => {
      await record(ctx, { name: "tests.undone" });
      throw new Error("undone");
    });
    await assert.rejects(failed, /undone/);
    assert.equal(await sealEvents(control.ctx), 0);
  });

  test("goes on beside verifying", async () => {
    await freshChain(1);
    const work = async () => {
      for (let turn = 0; turn < 20; turn++) {
        await append(3);
        await sealEvents(control.ctx);
      }
    };
    const check = async () => {
      for (let turn = 0; turn < 20; turn++) assert.equal((await verifyEvents(control.ctx)).problem, undefined);
    };
    await Promise.all([work(), check()]);
  });
});
