import { fleet as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { equals, oneOf, searched, startsWith, within } from "../platform/listing-filters.ts";
import { version } from "../platform/version.ts";
import { showNode } from "./edit.ts";
import type { Node } from "./node.ts";

type Input = InputOf<typeof api.listNodes>;

const bytewise = (column: string) => sql`(lower(${sql.ref(column)}) collate "C")`;

/** No more nodes than fit into memory: their lists need no index. */
const listing: Listing = {
  route: api.listNodes,
  from: sql`nodes n`,
  id: sql`n.id`,
  sorts: {
    joined: { by: sql`n.joined_at`, type: "timestamptz" },
    name: { by: bytewise("n.name"), type: "text" },
    region: { by: bytewise("n.region"), type: "text" },
    load: { by: sql`coalesce(n.load, -1)`, type: "float8" },
    instances: { by: sql`n.instances`, type: "bigint" },
    customers: { by: sql`n.customers`, type: "bigint" },
    traffic: { by: sql`n.traffic_used_bytes`, type: "bigint" },
    rate: { by: sql`coalesce(n.served_bytes_per_second, -1)`, type: "float8" },
    latency: { by: sql`coalesce(n.round_trip_ms, -1)`, type: "float8" },
    lastSeen: { by: sql`coalesce(n.last_seen_at, '-infinity')`, type: "timestamptz" },
  },
};

/** The same as `stateOf`, as conditions. */
function inState(state: Node["state"]): Sql[] {
  if (state === "online" || state === "cordoned") {
    return [sql`n.state = 'online'`, sql`n.scheduling = ${state === "online" ? "open" : "cordoned"}`];
  }
  return [sql`n.state = ${state}`];
}

const outdated = sql`(n.state <> 'removed' and n.version <> ${version})`;

export async function findNodes(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listNodes>> {
  const found = await findPage(ctx, listing, input, { all: matching(input), any: input.state?.map(inState) });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await ctx.db.selectFrom("nodes").selectAll().where("id", "in", ids).execute();
  return toItems(found, rows, (row) => ({
    ...showNode(ctx, row),
    needsUpgrade: row.state !== "removed" && row.version !== null && row.version !== version,
  }));
}

/** How many of them are in each state. */
export async function countNodes(ctx: Context, input: InputOf<typeof api.countNodes>) {
  return { states: await countRows(ctx, listing, matching(input), byState) };
}

const byState = {
  joining: inState("joining"),
  online: inState("online"),
  offline: inState("offline"),
  cordoned: inState("cordoned"),
  removed: inState("removed"),
};

/** What there is in each region, the removed left out. */
export async function findRegions(ctx: Context): Promise<ReplyOf<typeof api.listRegions>> {
  const { rows } = await sql<ReplyOf<typeof api.listRegions>["items"][number]>`
    select region, count(*)::int as nodes, (count(*) filter (where state = 'online'))::int as online,
      coalesce(sum(served_bytes_per_second), 0) as "servedBytesPerSecond",
      sum(instances)::int as instances, sum(instances_most)::int as "instancesMost"
    from nodes where state <> 'removed' group by region order by region`.execute(ctx.db);
  return { items: rows };
}

function matching({ q, ...input }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  const { region, country, label, offering, needsUpgrade } = input;
  return [
    ...searched(q, { node: sql`n.id` }, named),
    ...equals(sql`n.region`, region),
    ...equals(sql`n.country`, country),
    ...(label === undefined ? [] : [sql`${label} = any(n.labels)`]),
    ...oneOf(sql`n.reach`, input.reach),
    ...(needsUpgrade === undefined ? [] : [sql`coalesce(${outdated}, false) = ${needsUpgrade === "true"}`]),
    ...(offering === undefined ? [] : [sql`n.capabilities @> ${JSON.stringify([{ offering }])}::jsonb`]),
    ...within(sql`n.joined_at`, input.from, input.to),
  ];
}

function named(begin: string): Sql {
  const text = begin.toLowerCase();
  const atAddress = sql`exists (
    select from unnest(n.addresses || n.observed_address) address where ${startsWith(sql`(address collate "C")`, text)})`;
  return sql`(${startsWith(bytewise("n.name"), text)} or ${startsWith(bytewise("n.region"), text)} or ${atAddress})`;
}
