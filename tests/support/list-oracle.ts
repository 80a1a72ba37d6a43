import type pg from "pg";

// biome-ignore lint/suspicious/noExplicitAny: whatever a column holds
type Row = Record<string, any> & { readonly id: string };

/** What a list should answer, told a second time: all rows are read, and looked through here. */
export interface Oracle {
  readonly rows: string;
  readonly fits: Readonly<Record<string, (row: Row, text: string) => boolean>>;
  readonly keys: Readonly<Record<string, (row: Row) => string | number>>;
  /** Rows that have no place in a sort are left out. */
  readonly only?: Readonly<Record<string, (row: Row) => boolean>>;
}

const isOf = (field: string) => (row: Row, text: string) => row[field] === text;
const isOneOf = (field: string) => (row: Row, text: string) => text.split(",").includes(row[field]);
const isFrom = (field: string) => (row: Row, text: string) => row[field] >= new Date(text);
const isTo = (field: string) => (row: Row, text: string) => row[field] < new Date(text);
const madeAt = { from: isFrom("created_at"), to: isTo("created_at") };
const created = (row: Row) => row.created_at.getTime();
const begins = (value: string | null, text: string) => (value ?? "").toLowerCase().startsWith(text.toLowerCase());

/** Ids of these columns by their word, otherwise a name. */
function searches(ids: Readonly<Record<string, string>>, name: (row: Row, text: string) => boolean) {
  return (row: Row, text: string) => {
    const field = ids[text.split("_")[0] ?? ""];
    return field && text.includes("_") ? begins(row[field], text) : name(row, text);
  };
}

const stateOfSerial = (row: Row) => {
  if (row.state !== "unused") return row.state;
  if (row.redeem_by <= new Date()) return "expired";
  return row.payment === "pending" ? "pending" : "unused";
};
const stateOfBatch = (row: Row) => {
  if (row.redeem_by <= new Date()) return "expired";
  return row.payment === "pending" ? "pending" : "open";
};
const stateOfNode = (row: Row) => (row.state === "online" && row.scheduling === "cordoned" ? "cordoned" : row.state);

const percentOf = (row: Row) =>
  row.traffic_bytes ? Math.floor((Number(row.used_bytes) * 100) / Number(row.traffic_bytes)) : 0;
const needsUpgrade = (row: Row) => row.state !== "removed" && row.version !== null && row.version !== "0.1.0";
const wordsOf = (row: Row) =>
  JSON.stringify(row.data)
    .toLowerCase()
    .split(/[{}[\]":,_\-./@\s]+/);

export const oracles: Readonly<Record<string, Oracle>> = {
  "/accounts": {
    rows: "select *, substr(id, 9)::int as n from accounts where id ~ '^account_0000'",
    fits: {
      q: searches({ account: "id" }, (row, text) =>
        text.includes("@") ? `mail${row.n}@example.com` === text : begins(row.username, text),
      ),
      state: isOneOf("state"),
      role: isOneOf("role"),
      ...madeAt,
    },
    keys: { created, username: (row) => row.username.toLowerCase() },
  },
  "/leases": {
    rows: `select l.*, a.username, coalesce((select array_agg(node_id) from instances i
      where i.lease_id = l.id and desired <> 'released'), '{}') as on_nodes from leases l join accounts a on a.id = l.account_id`,
    fits: {
      q: searches({ lease: "id", account: "account_id" }, (row, text) => begins(row.username, text)),
      state: isOneOf("state"),
      accountId: isOf("account_id"),
      planId: isOf("plan_id"),
      kind: isOf("kind"),
      nodeId: (row, text) => row.on_nodes.includes(text),
      endsFrom: isFrom("until"),
      endsTo: isTo("until"),
      usedPercent: (row, text) => percentOf(row) >= Number(text),
      ...madeAt,
    },
    keys: { created, until: (row) => row.until.getTime(), used: percentOf },
  },
  "/orders": {
    rows: "select o.*, a.username from orders o join accounts a on a.id = o.account_id",
    fits: {
      q: searches({ order: "id", account: "account_id", lease: "lease_id" }, (row, text) => begins(row.username, text)),
      state: isOneOf("state"),
      kind: isOneOf("kind"),
      accountId: isOf("account_id"),
      planId: isOf("plan_id"),
      leaseId: isOf("lease_id"),
      ...madeAt,
    },
    keys: { created, price: (row) => Number(row.price_minor) },
  },
  "/serials": {
    rows: "select b.*, s.*, s.state from serials s join serial_batches b on b.id = s.batch_id",
    fits: {
      q: searches({ serial: "id", batch: "batch_id", account: "redeemed_by" }, (row, text) => begins(row.prefix, text)),
      state: (row, text) => text.split(",").includes(stateOfSerial(row)),
      batchId: isOf("batch_id"),
      planId: isOf("plan_id"),
      redeemedBy: isOf("redeemed_by"),
      madeBy: isOf("made_by"),
      ...madeAt,
    },
    keys: { created: (row) => row.batch_id, redeemed: (row) => row.redeemed_at.getTime() },
    only: { redeemed: (row) => row.redeemed_at !== null },
  },
  "/serial-batches": {
    rows: "select * from serial_batches",
    fits: {
      q: searches({ batch: "id", plan: "plan_id" }, (row, text) => begins(row.name, text)),
      state: (row, text) => text.split(",").includes(stateOfBatch(row)),
      payment: isOneOf("payment"),
      planId: isOf("plan_id"),
      madeBy: isOf("made_by"),
      ...madeAt,
    },
    keys: { created, redeemBy: (row) => row.redeem_by.getTime(), name: (row) => row.name.toLowerCase() },
  },
  "/plans": {
    rows: "select * from plans join prices on plan_id = id",
    fits: {
      q: searches({ plan: "id" }, (row, text) => begins(row.name, text)),
      kind: isOf("kind"),
      onSale: (row, text) => String(row.on_sale) === text,
    },
    keys: { created, name: (row) => row.name.toLowerCase(), price: (row) => Number(row.minor) },
  },
  "/nodes": {
    rows: "select * from nodes",
    fits: {
      q: searches({ node: "id" }, (row, text) =>
        [row.name, row.region, row.observed_address, ...row.addresses].some((value) => begins(value, text)),
      ),
      state: (row, text) => text.split(",").includes(stateOfNode(row)),
      region: isOf("region"),
      country: isOf("country"),
      label: (row, text) => row.labels.includes(text),
      reach: isOneOf("reach"),
      offering: (row, text) => row.capabilities.some(({ offering }: { offering: string }) => offering === text),
      needsUpgrade: (row, text) => String(needsUpgrade(row)) === text,
      from: isFrom("joined_at"),
      to: isTo("joined_at"),
    },
    keys: {
      joined: (row) => row.joined_at.getTime(),
      name: (row) => row.name.toLowerCase(),
      region: (row) => row.region.toLowerCase(),
      load: (row) => row.load ?? -1,
      instances: (row) => row.instances,
      customers: (row) => row.customers,
      traffic: (row) => Number(row.traffic_used_bytes),
      rate: (row) => row.served_bytes_per_second ?? -1,
      latency: (row) => row.round_trip_ms ?? -1,
      lastSeen: (row) => row.last_seen_at?.getTime() ?? Number.NEGATIVE_INFINITY,
    },
  },
  "/configuration-log": {
    rows: "select *, substr(id, 12)::bigint % 30 = 9 as is_of_fetcher from configuration_log",
    fits: {
      what: isOneOf("what"),
      leaseId: isOf("lease_id"),
      accountId: isOf("account_id"),
      address: (row) => row.is_of_fetcher,
      from: isFrom("at"),
      to: isTo("at"),
    },
    keys: { at: (row) => row.at.getTime() },
  },
  "/operations": {
    rows: `select o.*, array_agg(i.node_id) as nodes, array_agg(i.instance_id) as instances, array_agg(i.state) as states
      from operations o join operation_items i on i.operation_id = o.id group by o.id`,
    fits: {
      kind: isOf("kind"),
      nodeId: (row, text) => row.nodes.includes(text),
      instanceId: (row, text) => row.instances.includes(text),
      state: (row, text) => {
        const has = (...states: string[]) => states.some((state) => row.states.includes(state));
        return text === "failed" ? has("failed", "expired") : has("waiting") === (text === "open");
      },
      ...madeAt,
    },
    keys: { created },
  },
  "/events": {
    rows: "select * from events where id ~ '^event_0'",
    fits: {
      q: (row, text) =>
        text
          .toLowerCase()
          .split("_")
          .every((word) => wordsOf(row).includes(word)),
      name: isOf("name"),
      actor: isOf("actor"),
      accountId: isOf("account_id"),
      leaseId: isOf("lease_id"),
      nodeId: isOf("node_id"),
      from: isFrom("at"),
      to: isTo("at"),
    },
    keys: { at: (row) => row.at.getTime() },
  },
};

/** Ids of all rows that fit, in the order of the sort. */
export function expected(
  { fits, keys, only }: Oracle,
  rows: readonly Row[],
  filter: Readonly<Record<string, string>>,
  sort: string,
): string[] {
  const name = sort.replace("-", "");
  const key = keys[name];
  if (!key) throw new Error(`no oracle for the sort ${sort}`);
  const found = rows.filter((row) => {
    const isThere = only?.[name]?.(row) ?? true;
    return isThere && Object.entries(filter).every(([of, text]) => fitting(fits, of)(row, text));
  });
  const order = (a: Row, b: Row) => compare(key(a), key(b)) || compare(a.id, b.id);
  return found.sort((a, b) => (sort.startsWith("-") ? order(b, a) : order(a, b))).map(({ id }) => id);
}

function fitting(fits: Oracle["fits"], name: string) {
  const fit = fits[name];
  if (!fit) throw new Error(`no oracle for the filter ${name}`);
  return fit;
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

export async function rowsOf({ rows }: Oracle, pool: pg.Pool): Promise<Row[]> {
  return (await pool.query<Row>(rows)).rows;
}
