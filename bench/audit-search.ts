import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { audit, InputOf } from "@berth/api";
import { type CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import pino from "pino";
import { allMigrations } from "../apps/control/src/migrations.ts";
import { findEvents } from "../core/audit/views.ts";
import type { Context } from "../core/platform/context.ts";
import { openDatabase } from "../core/platform/database.ts";
import type { Tables } from "../core/platform/gen/tables.ts";
import { createKeys } from "../core/platform/keys.ts";
import { migrate } from "../core/platform/migrate.ts";
import { startPostgres } from "../core/platform/postgres-server.ts";

/** How long finding events takes among ten million, by each of the ways in which they can be looked for. */
const rows = process.argv.includes("--quick") ? 200_000 : 10_000_000;
const runs = 15;
const firstMs = Date.parse("2026-01-01T00:00:00Z");
const lastMs = Date.parse("2026-12-31T00:00:00Z");

type Filter = Partial<InputOf<typeof audit.listEvents>>;

const day = (n: number) => new Date(firstMs + (n % 360) * 86_400_000).toISOString();

/** `n` counts up, so that each run looks for something else. */
const cases: Readonly<Record<string, (n: number) => Filter>> = {
  "newest, no filter": () => ({}),
  "by name, frequent": () => ({ name: "derp.configuration_made" }),
  "by name, rare": () => ({ name: "fleet.authority_made" }),
  "by actor": (n) => ({ actor: `account_${n * 131 + 3}` }),
  "by actor, busiest": () => ({ actor: "system:leases.sweep" }),
  "by account": (n) => ({ accountId: `account_${n * 137}` }),
  "by account and name": (n) => ({ accountId: `account_${n * 138}`, name: "accounts.signed_in" }),
  "by lease": (n) => ({ leaseId: `lease_${n * 298}` }),
  "by node": (n) => ({ nodeId: `node_${n % 50}` }),
  "one day": (n) => ({ from: day(n * 7), to: day(n * 7 + 1) }),
  "by node, one day": (n) => ({ nodeId: `node_${n % 50}`, from: day(n * 7), to: day(n * 7 + 1) }),
  "text, one match": (n) => ({ q: `order_${n * 1_009}x` }),
  "text, no match": (n) => ({ q: `nothing${n}` }),
  "text, 1 in 2,000": (n) => ({ q: `batch ${n % 2_000}b` }),
  "text, 1 in 100": () => ({ q: "refunded" }),
  "text, every other": () => ({ q: "renewal" }),
  "text in one account": (n) => ({ q: "renewal", accountId: `account_${n * 152}` }),
};

/** Distinct names, accounts, leases and words as a busy installation has them; a third of the events has personal fields. */
const fill = `
  insert into events (id, at, name, actor, account_id, lease_id, node_id, data, personal, origin)
  select 'event_' || lpad(n::text, 26, '0'),
    to_timestamp(($1::float8 + ($2::float8 - $1::float8) * n / $3) / 1000),
    case when n % 100000 = 7 then 'fleet.authority_made' when n % 3 = 0 then 'derp.configuration_made'
      else (array['accounts.signed_in', 'accounts.signed_out', 'leases.granted', 'leases.expired', 'orders.redeemed',
        'devices.registered', 'fleet.node_online', 'serials.wrong_code'])[1 + n % 8] end,
    case when n % 5 = 0 then 'system:leases.sweep' else 'account_' || (n * 7919) % 20000 end,
    'account_' || (n * 7919) % 20000,
    case when n % 2 = 0 then 'lease_' || (n * 104729) % 40000 end,
    case when n % 4 = 0 then 'node_' || (n / 4) % 50 end,
    jsonb_build_object('orderId', 'order_' || n || 'x', 'batch', (n * 31) % 2000 || 'b', 'why',
      case when n % 100 = 3 then 'refunded' when n % 2 = 0 then 'renewal' else 'first' end),
    case when n % 3 = 1 then jsonb_build_array(jsonb_build_object('of', 'account_' || (n * 7919) % 20000,
      'sealed', repeat(md5(n::text), 3))) end,
    case when n % 3 = 1 then substr(md5((n % 5000)::text), 1, 24) end
  from generate_series($4::bigint, $5::bigint) n`;

const folder = await mkdtemp(join(tmpdir(), "berth-bench-"));
const quiet = pino({ level: "silent" });
const server = await startPostgres({
  folder,
  log: quiet,
  settings: { fsync: "off", max_wal_size: "8GB", shared_buffers: "512MB", maintenance_work_mem: "512MB" },
});
try {
  await prepare();
  await measure();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function prepare(): Promise<void> {
  const database = openDatabase(server.url, { connections: 1 });
  await migrate(database.pool, allMigrations);
  const client = await database.pool.connect();
  await client.query("set statement_timeout = 0");
  await client.query("set session_replication_role = replica");
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'events' and indexname not like '%_pkey'`,
  );
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  const step = 500_000;
  for (let from = 1; from <= rows; from += step) {
    await client.query(fill, [firstMs, lastMs, rows, from, Math.min(rows, from + step - 1)]);
    say(`${Math.min(rows, from + step - 1).toLocaleString("en")} events`);
  }
  await client.query(
    `insert into event_seals select row_number() over (order by id), id, sha256(id::bytea), at from events`,
  );
  for (const { definition } of indexes) {
    say(definition);
    await client.query(definition);
  }
  await client.query("vacuum analyze events");
  await client.query("vacuum analyze event_seals");
  client.release(true);
  await database.close();
}

interface Figure {
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly found: number;
  readonly plan: string;
}

async function measure(): Promise<void> {
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void asked.push(query),
  });
  const ctx: Context = {
    db,
    now: () => new Date(),
    actor: { kind: "system", task: "bench" },
    log: quiet,
    offerings: new Map(),
    keys: createKeys(Buffer.alloc(32)),
  };
  const figures: Record<string, Figure> = {};
  for (const [name, filter] of Object.entries(cases)) {
    figures[name] = await timed(ctx, filter);
    figures[name] = { ...figures[name], plan: await planOf(pool, asked) };
    asked.length = 0;
  }
  figures["50th page of a name"] = { ...(await deep(ctx)), plan: await planOf(pool, asked.slice(-2)) };
  report(figures);
  await db.destroy();
}

async function timed(ctx: Context, filter: (n: number) => Filter): Promise<Figure> {
  const times: number[] = [];
  let found = 0;
  for (let n = 1; n <= runs; n++) {
    const startedAt = performance.now();
    found = (await findEvents(ctx, { limit: 50, sort: "-at", ...filter(n) })).items.length;
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[times.length >> 1] ?? 0, slowestMs: times.at(-1) ?? 0, found, plan: "" };
}

/** Follows `next` to the fiftieth page; its time is that page's alone. */
async function deep(ctx: Context): Promise<Figure> {
  let after: string | undefined;
  let ms = 0;
  for (let page = 0; page < 50; page++) {
    const startedAt = performance.now();
    const { next } = await findEvents(ctx, { limit: 50, sort: "-at", name: "derp.configuration_made", after });
    ms = performance.now() - startedAt;
    after = next ?? undefined;
  }
  return { medianMs: ms, slowestMs: ms, found: 50, plan: "" };
}

/** The ways to the rows of `events` that PostgreSQL took in these queries. */
async function planOf(pool: pg.Pool, queries: readonly CompiledQuery[]): Promise<string> {
  const ways = new Set<string>();
  for (const { sql, parameters } of queries.slice(0, 12)) {
    const { rows } = await pool.query(`explain (format json) ${sql}`, [...parameters]);
    for (const [, way, index] of JSON.stringify(rows).matchAll(
      /"Node Type":"([A-Za-z ]*Scan)"(?:(?!"Node Type").)*?"(?:Index Name|Relation Name|CTE Name)":"(\w+)"/g,
    )) {
      ways.add(`${way} ${index}`);
    }
  }
  return [...ways].filter((way) => !/CTE Scan|Subquery|Bitmap Heap|event_seals/.test(way)).join(", ");
}

function report(figures: Readonly<Record<string, Figure>>): void {
  const lines = Object.entries(figures).map(
    ([name, { medianMs, slowestMs, found, plan }]) =>
      `| ${name} | ${medianMs.toFixed(1)} | ${slowestMs.toFixed(1)} | ${found} | ${plan} |`,
  );
  const slowest = Math.max(...Object.values(figures).map(({ slowestMs }) => slowestMs));
  const scans = Object.values(figures).filter(({ plan }) => plan.includes("Seq Scan")).length;
  console.log("| looked for | median ms | slowest ms | found | by |\n|---|---|---|---|---|");
  console.log(lines.join("\n"));
  console.log(JSON.stringify({ bench: "audit-search", rows, slowestMs: Math.round(slowest), limitMs: 1_000, scans }));
  if (slowest > 1_000 || scans > 0) process.exitCode = 1;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
