import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { backoffMs, newSecret, sleep } from "@berth/kit";
import pg from "pg";
import type { Log } from "./logger.ts";
import { launchWords, postgresBinaries } from "./postgres-binaries.ts";

export interface PostgresServer {
  readonly url: string;
  /** The process id of the present postmaster. */
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly folder: string;
  readonly log: Log;
  /** 0: any free port. */
  readonly port?: number;
  /** Extra settings, for tests that can do without durability. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A PostgreSQL server of Berth's own, kept running: it is started again whenever it dies, on the same port, until `stop`. A
 * server left over by a killed Berth is stopped first. It listens on loopback only; the password is the folder's secret.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const data = join(options.folder, "cluster");
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await stopLeftOver(data, options.log);
  if (!existsSync(join(data, "PG_VERSION"))) await initialise(options.folder, data);
  const port = options.port || (await freePort());
  const password = await readFile(join(options.folder, "password"), "utf8");
  const url = `postgres://berth:${password}@127.0.0.1:${port}/berth`;
  return keepRunning({ ...options, data, port, url });
}

async function initialise(folder: string, data: string): Promise<void> {
  const { initdb } = postgresBinaries();
  const temporary = join(folder, "cluster.new");
  await rm(temporary, { recursive: true, force: true });
  const password = join(folder, "password");
  await writeFile(password, newSecret(), { mode: 0o600 });
  const flags = [
    "-D",
    temporary,
    "-U",
    "berth",
    "--auth=scram-sha-256",
    `--pwfile=${password}`,
    "-E",
    "UTF8",
    "--locale=C",
  ];
  const words = [...(await launchWords(folder)), initdb, ...flags];
  await finished(spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "ignore", "pipe"] }));
  // Moved into place when it is whole: a start that is cut off here begins anew.
  await rename(temporary, data);
}

function finished(child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`initdb failed (${code}): ${said}`))));
  });
}

/** Ends a postmaster whose Berth is gone. Its pid file names it; a number that was given to another program is left alone. */
async function stopLeftOver(data: string, log: Log): Promise<void> {
  const pidFile = join(data, "postmaster.pid");
  const pid = Number((await readFile(pidFile, "utf8").catch(() => "")).split("\n")[0]);
  if (!pid || !(await isPostmasterOf(pid, data))) return;
  log.warn({ pid }, "stopping the database that an earlier start left over");
  process.kill(pid, "SIGINT");
  for (let waitedMs = 0; existsSync(`/proc/${pid}`); waitedMs += 50) {
    if (waitedMs === 8_000) process.kill(pid, "SIGQUIT");
    if (waitedMs > 12_000) throw new Error(`the database with process id ${pid} does not stop`);
    await sleep(50);
  }
}

async function isPostmasterOf(pid: number, data: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.includes(data);
}

interface Running extends PostgresOptions {
  readonly data: string;
  readonly port: number;
  readonly url: string;
}

async function keepRunning(running: Running): Promise<PostgresServer> {
  let stopping = false;
  let child = await launch(running);
  let starting: Promise<void> | undefined;
  const startAgain = async () => {
    for (let attempt = 0; !stopping; attempt++) {
      await sleep(backoffMs(attempt, { firstMs: 50, mostMs: 2_000 }));
      const next = stopping ? undefined : await launch(running).catch(() => undefined);
      if (!next) continue;
      child = next;
      return supervise(next);
    }
  };
  const supervise = (present: ChildProcess) => {
    present.once("exit", (code, signal) => {
      if (stopping) return;
      running.log.warn({ code, signal }, "database ended, starting it again");
      starting = startAgain();
    });
  };
  supervise(child);
  return {
    url: running.url,
    pid: () => child.pid,
    async stop() {
      stopping = true;
      // A server that is just being started again must not outlive this.
      await starting;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      // Fast shutdown: open transactions are rolled back, nothing needs recovery at the next start.
      child.kill("SIGINT");
      await gone;
    },
  };
}

async function launch({ data, port, folder, settings, url }: Running): Promise<ChildProcess> {
  const { postgres } = postgresBinaries();
  const flags = { listen_addresses: "127.0.0.1", max_connections: "200", timezone: "UTC", ...settings };
  const words = [...(await launchWords(folder)), postgres, "-D", data, "-p", String(port), "-k", ""];
  for (const [name, value] of Object.entries(flags)) words.push("-c", `${name}=${value}`);
  const log = openSync(join(folder, "postgres.log"), "a", 0o600);
  const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", log, log], detached: true });
  const died = new Promise<never>((_, reject) =>
    child.once("exit", (code) =>
      reject(new Error(`the database ended while starting (${code}); see ${folder}/postgres.log`)),
    ),
  );
  await Promise.race([answers(url), died]);
  return child;
}

/** Resolves once the server accepts connections and Berth's database is there. */
async function answers(url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    const client = new pg.Client({ connectionString: url.replace(/\/berth$/, "/postgres") });
    client.on("error", () => {});
    try {
      await client.connect();
      const found = await client.query("select 1 from pg_database where datname = 'berth'");
      if (found.rowCount === 0) await client.query("create database berth");
      return;
    } catch {
      await sleep(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
  throw new Error("the database did not answer within 60 s");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
