import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { accounts, audit, fleet, leases, serials } from "@berth/api";
import type { Reading } from "@berth/link";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { asNode, onlineNode } from "../../tests/support/nodes.ts";
import { problemOf } from "../../tests/support/refusal.ts";
import { planOf, soldLease } from "../../tests/support/sales.ts";
import { takeReadings } from "../metering/index.ts";
import { type PostgresServer, startPostgres } from "../platform/postgres-server.ts";
import { sealEvents, verifyEvents } from "./index.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** A little more than a segment of the write-ahead log has: what else PostgreSQL writes must not meet the limit. */
const limitBytes = 17 * 1024 * 1024;

let folder: string;
let server: PostgresServer;
let control: TestControl;
let operator: Person;
let sold: Awaited<ReturnType<typeof soldLease>>;

/** A server of its own, whose table of events is as large as a file may be there. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-full-"));
  server = await startPostgres({ folder, log: quiet, settings: { fsync: "off", autovacuum: "off" } });
  process.env.BERTH_TEST_DATABASE_URL = server.url;
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
  sold = await soldLease(control);
  await sealEvents(control.ctx);
  await fillEvents();
});
after(async () => {
  await control.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const inDatabase = (statement: string) => control.database.pool.query(statement);

/** Fills the table of events up to the limit, which holds for connections that are opened from then on. */
async function fillEvents(): Promise<void> {
  const { rows } = await inDatabase("select pg_relation_filepath('events') as path");
  const file = join(folder, "cluster", rows[0].path);
  for (let turn = 0; (await stat(file)).size < limitBytes; turn++) await insertEvents(`${turn}`, 2_000, 1_800);
  await setLimit((await stat(file)).size);
  // What is left of the last pages: rows that were rolled back keep their place until they are vacuumed.
  await assert.rejects(insertEvents("rest", 50_000, 1), /could not extend file/);
}

function insertEvents(turn: string, count: number, chars: number) {
  return inDatabase(
    `insert into events (id, at, name, actor, data)
     select 'event_0_${turn}_' || n, now(), 'tests.filler', 'system:test', jsonb_build_object('x', repeat('x', ${chars}))
     from generate_series(1, ${count}) n`,
  );
}

async function setLimit(bytes: number | "unlimited"): Promise<void> {
  await promisify(execFile)("prlimit", ["--pid", String(server.pid()), `--fsize=${bytes}:unlimited`]);
  await inDatabase(
    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()",
  );
  await inDatabase("select pg_terminate_backend(pg_backend_pid())").catch(() => {});
  while (control.database.pool.totalCount > 0) await setImmediate(); // until the pool knows that they are gone
}

const countOf = async (table: string) =>
  (await inDatabase(`select count(*)::int as count from ${table}`)).rows[0].count;

describe("when no event can be written", () => {
  test("what staff does is refused, says why, and has no effect", async () => {
    const tables = ["plans", "join_tokens", "serial_batches", "serials"];
    const before = await Promise.all(tables.map(countOf));
    const redeemBy = new Date(Date.now() + 86_400_000).toISOString();
    const leaseId = sold.lease.id;
    const calls = [
      () => planOf(operator),
      () => operator(fleet.createJoinToken, {}),
      () => operator(serials.createBatch, { planId: sold.plan.id, name: "Batch", count: 3, redeemBy }),
      () => operator(leases.suspendLease, { leaseId, reason: "a look" }),
    ];
    for (const call of calls) {
      const { status, code, retryAfterSeconds } = await problemOf(call());
      assert.deepEqual([status, code, retryAfterSeconds], [503, "audit.unavailable", 10]);
    }
    assert.deepEqual(await Promise.all(tables.map(countOf)), before);
    assert.equal((await operator(leases.getLease, { leaseId })).state, "active");
  });

  test("taking a list away as a file is refused as well", async () => {
    const response = await control.send("http://test/api/v1/accounts?format=csv", {
      headers: { authorization: `Bearer ${operator.token}` },
    });
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as { code: string }).code, "audit.unavailable");
  });

  test("everybody reads on", async () => {
    assert.ok((await operator(audit.listEvents, { name: "orders.redeemed" })).items.length > 0);
    assert.equal((await operator(fleet.listNodes, {})).items.length, 3);
    assert.equal((await sold.customer(leases.getLease, { leaseId: sold.lease.id })).state, "active");
    assert.equal((await sold.customer(accounts.getMe, {})).id, sold.customer.accountId);
  });

  test("relays go on, and what they count is taken", async () => {
    const instance = sold.lease.instances[0];
    assert.ok(instance);
    const reading = { instanceId: instance.id, generation: BigInt(instance.generation), run: "run-1" };
    await takeReadings(asNode(control.ctx, instance.nodeId), instance.nodeId, [
      { ...reading, subject: "", meter: "bytes", value: 4_096n } as Reading,
    ]);
    const lease = await sold.customer(leases.getLease, { leaseId: sold.lease.id });
    assert.equal(lease.usedBytes, "4096");
  });

  test("everything works again as soon as there is room, and the chain is whole", async () => {
    await setLimit("unlimited");
    assert.equal((await planOf(operator)).kind, "derp");
    const events = await sealAll();
    assert.deepEqual(await verifyEvents(control.ctx), { check: "events", rows: events });
  });
});

async function sealAll(): Promise<number> {
  while ((await sealEvents(control.ctx)) > 0) {
    // Until nothing is left.
  }
  return countOf("events");
}
