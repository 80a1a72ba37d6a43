import type pg from "pg";
import type { Keys } from "../../core/platform/keys.ts";

/** So many of each; their numbers begin after `from`. `at`: when the newest were made. */
export interface Filling {
  readonly rows: number;
  readonly from?: number;
  readonly at: Date;
  /** Rows for each node. */
  readonly perNode?: number;
  /** Serials of each batch. */
  readonly perBatch?: number;
}

/** The `n`th of a kind: as long as ids are that control makes. */
export const idOf = (kind: string, n: number) => `${kind}_${String(n).padStart(26, "0")}`;

/** An account that has one of a hundred leases and orders, with others' between them. */
export const busy = idOf("account", 3);
/** From where some fetch configurations. */
export const fetcher = "198.51.100.7";
/** A plan that few have, and a node that has many instances. */
export const rarePlan = idOf("plan", 20);

/**
 * Fills every big table as a year of a busy installation would: what is old is over, a few are busy, most have little, and
 * several rows are of the same moment. The same numbers make the same rows, each written by one statement.
 */
export async function fill(pool: pg.Pool, keys: Keys, filling: Filling): Promise<void> {
  const { rows, from = 0, at, perNode = 50, perBatch = 500 } = filling;
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0");
    // Without triggers and foreign keys: what is written here is right by its making.
    await client.query("set session_replication_role = replica");
    if (from === 0) for (const text of firstly) await client.query(text, text.includes("$1") ? [at] : []);
    await fillAccounts(client, keys, { rows, from, at });
    const values = [from + 1, from + rows, at, Math.max(rows, from)];
    for (const text of statements(perNode, perBatch)) await client.query(text, values);
    await client.query(configurationLog, [...values, keys.blindIndex("configuration_log.address", fetcher)]);
    if (from === 0) await client.query(`vacuum analyze ${tables}`);
  } finally {
    client.release(true);
  }
}

const tables =
  "accounts, leases, nodes, instances, serial_batches, serials, orders, events, event_seals, plans, prices, operations, operation_items, configuration_log";

const id = (kind: string, n: string) => `'${kind}_' || lpad((${n})::text, 26, '0')`;

/** Three at each moment, the first ones a year old. */
const made = "$3::timestamptz - (greatest($4::bigint - n, 0) / 3 * 3) * interval '365 days' / $4::bigint";

const firstly = [
  `insert into certificate_authorities (id, certificate, private_key, state, created_at)
   values (${id("authority", "1")}, '', '', 'active', $1)`,
  `insert into plans (id, name, kind, options, duration_days, reset, on_sale, created_at)
   select ${id("plan", "n")}, chr(97 + n % 5) || ' plan ' || n, case when n % 7 = 0 then 'phone' else 'derp' end, '{}', 30,
     'never', n % 4 <> 0, $1::timestamptz - n / 2 * interval '1 day' from generate_series(1, 20) n`,
  `insert into prices (plan_id, minor, currency) select ${id("plan", "n")}, n % 6 * 100, 'EUR' from generate_series(1, 20) n`,
];

/** In steps: their addresses are sealed here. */
async function fillAccounts(
  client: pg.PoolClient,
  keys: Keys,
  { rows, from, at }: Required<Pick<Filling, "rows" | "from" | "at">>,
) {
  const step = 10_000;
  for (let first = from + 1; first <= from + rows; first += step) {
    const last = Math.min(from + rows, first + step - 1);
    const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const sealed = numbers.map((n) => keys.seal(`accounts|email|${idOf("account", n)}`, emailOf(n)));
    const indexes = numbers.map((n) => keys.blindIndex("accounts|email", emailOf(n)));
    await client.query(accounts, [first, sealed, at, Math.max(rows, from), indexes]);
  }
}

const emailOf = (n: number) => `mail${n}@example.com`;

const accounts = `
  insert into accounts (id, username, email, email_index, role, state, created_at, updated_at)
  select ${id("account", "n")}, chr(97 + (n * 7 % 26)::int) || substr(md5(n::text), 1, 6) || n,
    email, email_index,
    case when n % 500 = 0 then 'admin' when n % 90 = 0 then 'distributor' else 'customer' end,
    case when n % 40 = 1 then 'suspended' when n % 30 = 2 then 'unverified' when n % 70 = 3 and n > 3 then 'closed' else 'active' end,
    ${made}, $3
  from (select $1::bigint + k - 1 as n, email, email_index
    from unnest($2::bytea[], $5::bytea[]) with ordinality sealed(email, email_index, k)) rows`;

const configurationLog = `
  insert into configuration_log (id, lease_id, account_id, version, what, address_index, at)
  select ${id("configured", "n")}, ${id("lease", "n * 104729 % 4000")},
    case when n % 100 = 7 then '${busy}' else ${id("account", "n * 7919 % 2000")} end, 1 + n % 12,
    case when n % 40 = 3 then 'refused' when n % 6 = 1 then 'made' when n % 3 = 0 then 'unchanged' else 'fetched' end,
    case when n % 30 = 9 then $5::bytea else decode(md5(n::text), 'hex') end, ${made}
  from generate_series($1::bigint, $2::bigint) n`;

const statements = (perNode: number, perBatch: number) => [
  `insert into leases (id, account_id, plan_id, kind, options, state, suspended_for, regions, node_ids, traffic_bytes,
     used_bytes, reset, period_from, starts_at, until, created_at)
   select ${id("lease", "n")}, case when n % 100 = 7 then '${busy}' else ${id("account", "n")} end,
     ${id("plan", "case when n % 1000 = 9 then 20 else 1 + n % 19 end")}, case when n % 300 = 4 then 'phone' else 'derp' end, '{}',
     state, case when state = 'suspended' then 'quota' end, '{}', '{}', case when n % 4 <> 0 then 1000000000 end,
     n * 7919 % 1010 * 1000000, 'never', made, made, made + (20 + n % 30) * interval '1 day', made
   from (
     select n, made, case when n % 50 = 5 then 'ended' when made < $3::timestamptz - interval '50 days' then 'expired'
       when n % 9 = 2 then 'suspended' when n % 200 = 11 then 'pending' else 'active' end as state
     from (select n, ${made} as made from generate_series($1::bigint, $2::bigint) n) dated
   ) rows`,
  `insert into nodes (id, name, state, scheduling, authority_id, region, addresses, observed_address, port_from, port_to, stun_port,
     version, capabilities, load, instances, instances_most, joined_at, last_seen_at, customers, traffic_used_bytes,
     served_bytes_per_second, round_trip_ms, reach, country, labels)
   select ${id("node", "k")}, chr(97 + (k % 26)::int) || 'node' || k,
     case when k % 12 = 0 then 'offline' when k % 9 = 0 then 'removed' when k % 31 = 1 then 'joining' else 'online' end,
     case when k % 7 = 0 then 'cordoned' else 'open' end, ${id("authority", "1")},
     (array['fra', 'hkg', 'sgp', 'nyc'])[1 + k % 4], case when k % 2 = 0 then array['198.51.' || k % 100 || '.1'] else '{}' end,
     '203.0.113.' || k % 255, 20000, 29999, 3478,
     case when k % 5 = 0 then '0.0.9' when k % 8 = 0 then null else '0.1.0' end,
     case when k % 6 = 0 then '[]' else '[{"offering": "derp", "specVersions": [1]}]' end::jsonb,
     case when k % 4 <> 0 then k % 17 / 8.0 end, k % 40, 500, ${made}, case when k % 14 <> 0 then $3 end, k % 11, k * 7919 % 5 * 1000000000,
     case when k % 3 <> 0 then k % 8 / 3.0 end, case when k % 4 <> 0 then k % 23 / 7.0 end,
     case when k % 10 = 3 then 'unproven' when k % 10 = 4 then 'unknown' else 'proven' end,
     (array['DE', 'HK', 'SG', 'US'])[1 + k % 4], case when k % 15 = 2 then array['spare', 'fast'] else '{}' end
   from (select n, n / ${perNode} as k from generate_series($1::bigint, $2::bigint) n where n % ${perNode} = 0) rows`,
  `insert into instances (id, lease_id, node_id, slot, kind, generation, secrets, desired, phase, phase_at, revision, placement,
     created_at)
   select ${id("instance", "n")}, ${id("lease", "n")}, ${id("node", `1 + n * 7919 % greatest($4::bigint / ${perNode}, 1)`)}, 1, 'derp', n, '',
     case when n % 10 = 1 then 'released' else 'running' end, 'running', $3, 1, '{}', $3
   from generate_series($1::bigint, $2::bigint) n`,
  `insert into operations (id, kind, input, made_by, deadline, created_at)
   select ${id("operation", "k")}, (array['node.probe', 'instance.restart', 'logs.tail'])[1 + k % 3], '{}', ${id("account", "500")},
     made, made
   from (select n / ${perNode} as k, ${made} as made from generate_series($1::bigint, $2::bigint) n where n % ${perNode} = 0) rows`,
  `insert into operation_items (id, operation_id, node_id, instance_id, state, problem_code, answered_at)
   select ${id("item", "k * 2 + i")}, ${id("operation", "k")}, ${id("node", "1 + (k + i) % 9")},
     case when k % 3 = 1 then ${id("instance", "1 + (k + i) % 9")} end, state, case when state = 'failed' then 'test.failed' end,
     case when state <> 'waiting' then $3::timestamptz end
   from (
     select n / ${perNode} as k, i, case when n / ${perNode} % 7 = i then 'waiting' when n / ${perNode} % 5 = i then 'failed'
       when n / ${perNode} % 11 = i then 'expired' else 'done' end as state
     from generate_series($1::bigint, $2::bigint) n, generate_series(0, 1) i where n % ${perNode} = 0 and $4::bigint > 0
   ) rows`,
  `insert into serial_batches (id, plan_id, name, count, redeem_by, payment, made_by, created_at)
   select ${id("batch", "b")}, ${id("plan", "1 + b % 20")}, chr(97 + (b % 26)::int) || ' batch ' || b, ${perBatch},
     made + case when b % 3 = 0 then 30 else 800 end * interval '1 day',
     case when b % 10 = 4 then 'pending' when b % 10 = 5 then 'credit' else 'paid' end, ${id("account", "500 * (1 + b % 2)")}, made
   from (
     select n / ${perBatch} + 1 as b, ${made} as made from generate_series($1::bigint, $2::bigint) n where n % ${perBatch} = 1
   ) rows`,
  `insert into serials (id, batch_id, hash, prefix, state, redeemed_by, redeemed_at)
   select ${id("serial", "n")}, ${id("batch", `(n - 1) / ${perBatch} + 1`)}, decode(md5(n::text), 'hex'),
     upper(substr(translate(md5('p' || n), '01', 'xy'), 1, 5)), state,
     case when state = 'used' then case when n % 100 = 8 then '${busy}' else ${id("account", "n")} end end,
     case when state = 'used' then ${made} + n % 40 * interval '1 hour' end
   from (select n, case when n % 5 < 3 then 'used' when n % 20 = 4 then 'revoked' else 'unused' end as state
     from generate_series($1::bigint, $2::bigint) n) rows`,
  `insert into orders (id, account_id, plan_id, kind, state, lease_id, price_minor, currency, created_at)
   select ${id("order", "n")}, case when n % 100 = 7 then '${busy}' else ${id("account", "n")} end,
     ${id("plan", "case when n % 1000 = 9 then 20 else 1 + n % 19 end")}, 'redemption', 'completed', ${id("lease", "n")},
     n * 31 % 90 * 100, 'EUR', ${made}
   from generate_series($1::bigint, $2::bigint) n`,
  `insert into events (id, at, name, actor, account_id, lease_id, node_id, data)
   select ${id("event", "n")}, ${made}, case when n % 3000 = 7 then 'fleet.authority_made' when n % 3 = 0 then 'derp.configuration_made'
       else (array['accounts.signed_in', 'leases.granted', 'leases.expired', 'orders.redeemed'])[1 + n % 4] end,
     case when n % 5 = 0 then 'system:leases.sweep' else ${id("account", "n * 7919 % 2000")} end,
     case when n % 100 = 7 then '${busy}' else ${id("account", "n * 7919 % 2000")} end,
     case when n % 2 = 0 then ${id("lease", "n * 104729 % 4000")} end, case when n % 4 = 0 then ${id("node", "n / 4 % 50")} end,
     jsonb_build_object('orderId', 'order_' || n || 'x', 'why',
       case when n % 100 = 3 then 'refunded' when n % 2 = 0 then 'renewal' else 'first' end)
   from generate_series($1::bigint, $2::bigint) n`,
  `insert into event_seals (position, event_id, hash, sealed_at)
   select n, ${id("event", "n")}, '', $3 from generate_series($1::bigint, $2::bigint) n, (select $4::bigint) unused`,
];
