import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { allMigrations } from "../../apps/control/src/migrations.ts";
import { type Database, openDatabase } from "../../core/platform/database.ts";
import { migrateJobs } from "../../core/platform/jobs.ts";
import { migrate } from "../../core/platform/migrate.ts";
import { startTestDatabase } from "../../scripts/test-database.ts";

export interface TestDatabase extends Database {
  readonly url: string;
}

/** A database of its own for one test file: a copy of the migrated template, which the first one makes. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env.BERTH_TEST_DATABASE_URL
    ? { url: process.env.BERTH_TEST_DATABASE_URL, stop: async () => {} }
    : await startTestDatabase();
  const name = `test_${process.pid}_${Date.now()}_${Math.floor(Math.random() * 1e6)}`;
  await fromTemplate(server.url, name);
  const url = server.url.replace(/\/berth$/, `/${name}`);
  const database = openDatabase(url);
  return {
    ...database,
    url,
    async close() {
      await database.close();
      const admin = openDatabase(server.url, { connections: 1 });
      await admin.pool.query(`drop database "${name}" with (force)`);
      await admin.close();
      await server.stop();
    },
  };
}

async function fromTemplate(serverUrl: string, name: string): Promise<void> {
  const admin = openDatabase(serverUrl, { connections: 1 });
  const client = await admin.pool.connect();
  const template = `template_${await hashOfMigrations()}`;
  try {
    await client.query("select pg_advisory_lock(1)");
    const found = await client.query("select 1 from pg_database where datname = $1", [template]);
    if (found.rowCount === 0)
      await makeTemplate(serverUrl, template, client.query.bind(client) as (sql: string) => Promise<unknown>);
    await client.query(`create database "${name}" template "${template}"`);
  } finally {
    await client.query("select pg_advisory_unlock(1)");
    client.release();
    await admin.close();
  }
}

async function makeTemplate(
  serverUrl: string,
  template: string,
  query: (sql: string) => Promise<unknown>,
): Promise<void> {
  const making = `${template}_making`;
  await query(`drop database if exists "${making}"`);
  await query(`create database "${making}"`);
  const database = openDatabase(serverUrl.replace(/\/berth$/, `/${making}`), { connections: 2 });
  await migrate(database.pool, allMigrations);
  await migrateJobs(database.pool);
  await database.close();
  // Renamed when whole, so that a run that was cut off leaves no half-made template.
  await query(`alter database "${making}" rename to "${template}"`);
}

async function hashOfMigrations(): Promise<string> {
  const hash = createHash("sha256");
  for (const { folder } of allMigrations) {
    for (const file of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/** How often the database had to end a deadlock. Connections tell their counts when they end, so the idle ones are ended. */
export async function deadlocksOf({ pool }: Database): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    const { rows } = await client.query("select deadlocks from pg_stat_database where datname = current_database()");
    return Number(rows[0].deadlocks);
  } finally {
    client.release();
  }
}
