import { leases as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import { accountsNamed } from "../accounts/index.ts";
import { scopeOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { equals, searched, within } from "../platform/listing-filters.ts";
import type { LeaseState } from "./lease.ts";
import { instancesWithNodes, leasesWithPlans, toLease } from "./views.ts";

type Input = InputOf<typeof api.listLeases>;

const listing: Listing = {
  route: api.listLeases,
  from: sql`leases l`,
  id: sql`l.id`,
  sorts: {
    created: { by: sql`l.created_at`, type: "timestamptz" },
    until: { by: sql`l.until`, type: "timestamptz" },
    used: { by: sql`l.used_percent`, type: "smallint" },
  },
};

const inState = (state: LeaseState): Sql[] => [sql`l.state = ${state}`];

/** Leases with their instances: one's own, or for staff everybody's. */
export async function findLeases(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listLeases>> {
  const found = await findPage(ctx, listing, input, { all: matching(ctx, input), any: input.state?.map(inState) });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await leasesWithPlans(ctx).where("l.id", "in", ids).execute();
  const instances = await instancesWithNodes(ctx, ids);
  return toItems(found, rows, (row) => toLease(row, instances));
}

/** How many of them are in each state. */
export async function countLeases(ctx: Context, input: InputOf<typeof api.countLeases>) {
  return { states: await countRows(ctx, listing, matching(ctx, input), byState) };
}

const byState = {
  pending: inState("pending"),
  active: inState("active"),
  suspended: inState("suspended"),
  expired: inState("expired"),
  ended: inState("ended"),
};

function matching(ctx: Context, { q, ...input }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  const { accountId, planId, kind, nodeId, usedPercent } = input;
  return [
    ...equals(sql`l.account_id`, scopeOf(ctx.actor, "leases.any")),
    ...equals(sql`l.account_id`, accountId),
    ...searched(q, { lease: sql`l.id`, account: sql`l.account_id` }, (name) => accountsNamed(sql`l.account_id`, name)),
    ...equals(sql`l.plan_id`, planId),
    ...equals(sql`l.kind`, kind),
    ...(nodeId === undefined ? [] : [onNode(nodeId)]),
    ...within(sql`l.created_at`, input.from, input.to),
    ...within(sql`l.until`, input.endsFrom, input.endsTo),
    ...(usedPercent === undefined ? [] : [sql`l.used_percent >= ${usedPercent}::int`]),
  ];
}

const onNode = (nodeId: string) =>
  sql`l.id in (select i.lease_id from instances i where i.node_id = ${nodeId} and i.desired <> 'released')`;
