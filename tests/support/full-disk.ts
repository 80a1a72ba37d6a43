import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { type PostgresServer, startPostgres } from "../../core/platform/postgres-server.ts";
import { type TestControl, testControl } from "./control.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** A little more than a segment of the write-ahead log has: what else PostgreSQL writes must not meet the limit. */
const limitBytes = 17 * 1024 * 1024;

/** How many rows of how many characters to make; `turn` tells them from others. */
type Insert = (turn: string, count: number, chars: number) => string;

/** A control with a server of its own, whose tables can be as large as a file may be there. */
export class FullDisk {
  readonly control: TestControl;
  readonly #folder: string;
  readonly #server: PostgresServer;

  private constructor(folder: string, server: PostgresServer, control: TestControl) {
    this.#folder = folder;
    this.#server = server;
    this.control = control;
  }

  static async start(): Promise<FullDisk> {
    const folder = await mkdtemp(join(tmpdir(), "berth-full-"));
    const server = await startPostgres({ folder, log: quiet, settings: { fsync: "off", autovacuum: "off" } });
    process.env.BERTH_TEST_DATABASE_URL = server.url;
    return new FullDisk(folder, server, await testControl());
  }

  query(statement: string) {
    return this.control.database.pool.query(statement);
  }

  /** Fills tables up to the limit, which holds for connections that are opened from then on. */
  async fill(tables: Readonly<Record<string, Insert>>): Promise<void> {
    const sizes: number[] = [];
    for (const [table, insert] of Object.entries(tables)) {
      const { rows } = await this.query(`select pg_relation_filepath('${table}') as path`);
      const file = join(this.#folder, "cluster", rows[0].path);
      for (let turn = 0; (await stat(file)).size < limitBytes; turn++)
        await this.query(insert(`${turn}`, 2_000, 1_800));
      sizes.push((await stat(file)).size);
    }
    await this.#setLimit(Math.min(...sizes));
    // What is left of the last pages: rows that were rolled back keep their place until they are vacuumed.
    for (const insert of Object.values(tables)) {
      await assert.rejects(this.query(insert("rest", 50_000, 1)), /could not extend file/);
    }
  }

  async free(): Promise<void> {
    await this.#setLimit("unlimited");
  }

  async close(): Promise<void> {
    await this.control.close();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #setLimit(bytes: number | "unlimited"): Promise<void> {
    await promisify(execFile)("prlimit", ["--pid", String(this.#server.pid()), `--fsize=${bytes}:unlimited`]);
    await this.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()",
    );
    await this.query("select pg_terminate_backend(pg_backend_pid())").catch(() => {});
    while (this.control.database.pool.totalCount > 0) await setImmediate(); // until the pool knows that they are gone
  }
}
