import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sleep } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { type Database, openDatabase } from "./database.ts";
import { Replica } from "./replica.ts";

const times = { beatMs: 20, goneMs: 300 };

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

/** A replica with a way to the database of its own, which can be taken from it. */
async function enter(): Promise<{ replica: Replica; database: Database }> {
  const database = openDatabase(control.database.url, { connections: 2 });
  const replica = new Replica({ ...control.ctx, db: database.db }, times);
  await replica.enter();
  return { replica, database };
}

const present = async () => {
  const { rows } = await control.database.pool.query("select id from replicas");
  return rows.map(({ id }) => id);
};

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let waitedMs = 0; !(await holds()); waitedMs += 20) {
    assert.ok(waitedMs < 10_000, `did not happen: ${what}`);
    await sleep(20);
  }
}

test("one that is not heard of any more is forgotten by one that is, and one that says so at once", async () => {
  const [one, other] = [await enter(), await enter()];
  assert.deepEqual((await present()).sort(), [one.replica.id, other.replica.id].sort());
  await other.database.close(); // as if it were killed
  await until("it is forgotten", async () => !(await present()).includes(other.replica.id));
  assert.deepEqual(await present(), [one.replica.id]);
  await one.replica.leave();
  assert.deepEqual(await present(), []);
  await one.database.close();
  await other.replica.leave();
});

test("one that listens where another did takes its place at once, and nobody else's", async () => {
  const database = openDatabase(control.database.url, { connections: 2 });
  const at = async (place: string) => {
    const replica = new Replica({ ...control.ctx, db: database.db }, { beatMs: 60_000, goneMs: 60_000 });
    replica.listensAt(place);
    await replica.enter();
    return replica;
  };
  const [killed, other] = [await at("here 8080"), await at("there 8080")];
  const next = await at("here 8080");
  assert.deepEqual((await present()).sort(), [other.id, next.id].sort());
  assert.notEqual(next.id, killed.id);
  await Promise.all([next.leave(), other.leave(), killed.leave()]);
  await database.close();
});

test("one that was forgotten finds out, is there again, and does what it could not do before", async () => {
  const { replica, database } = await enter();
  let lost = 0;
  replica.onLost(() => {
    lost += 1;
  });
  let isAway = true;
  let isDone = false;
  replica.surely(async () => {
    if (isAway) throw new Error("the database is away");
    isDone = true;
  });
  await control.database.pool.query("delete from replicas");
  await until("it finds out", () => lost === 1);
  assert.deepEqual(await present(), [replica.id]);
  assert.equal(isDone, false);
  isAway = false;
  await until("it is done", () => isDone);
  assert.equal(lost, 1);
  await replica.leave();
  await database.close();
});
