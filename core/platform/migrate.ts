import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";

/** A folder of `NNNN-slice.sql` files. Files run in order of their names, folders in the order given. */
export interface Migrations {
  readonly scope: string;
  readonly folder: string;
}

/** Any number that no one else's advisory lock uses. */
const lockKey = 4_217_001;

/**
 * Brings the database up to date, one transaction per file, under an advisory lock: replicas that start together run each
 * file once. A file that changed after it ran stops the start.
 */
export async function migrate(pool: pg.Pool, sources: readonly Migrations[]): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0");
    await client.query("select pg_advisory_lock($1)", [lockKey]);
    await client.query(
      "create table if not exists migrations (name text primary key, hash text not null, ran_at timestamptz not null default now())",
    );
    const ran: string[] = [];
    for (const source of sources) ran.push(...(await runFolder(client, source)));
    return ran;
  } finally {
    await client.query("select pg_advisory_unlock($1)", [lockKey]).catch(() => {});
    client.release(true);
  }
}

async function runFolder(client: pg.PoolClient, { scope, folder }: Migrations): Promise<string[]> {
  const done = new Map<string, string>(
    (await client.query("select name, hash from migrations")).rows.map((row) => [row.name, row.hash]),
  );
  const ran: string[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort()) {
    const name = `${scope}/${file}`;
    const sql = await readFile(join(folder, file), "utf8");
    const hash = createHash("sha256").update(sql).digest("hex");
    const known = done.get(name);
    if (known !== undefined && known !== hash) throw new Error(`migration ${name} was changed after it ran`);
    if (known !== undefined) continue;
    await runFile(client, { name, sql, hash });
    ran.push(name);
  }
  return ran;
}

async function runFile(client: pg.PoolClient, file: { name: string; sql: string; hash: string }): Promise<void> {
  await client.query("begin");
  try {
    await client.query(file.sql);
    await client.query("insert into migrations (name, hash) values ($1, $2)", [file.name, file.hash]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new Error(`migration ${file.name} failed: ${(error as Error).message}`, { cause: error });
  }
}
