import { operations as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { equals, within } from "../platform/listing-filters.ts";
import { failedStates } from "./operation.ts";
import { operationsWithCounts, toSummary } from "./views.ts";

type Input = InputOf<typeof api.listOperations>;

const listing: Listing = {
  route: api.listOperations,
  from: sql`operations o`,
  id: sql`o.id`,
  sorts: { created: { by: sql`o.created_at`, type: "timestamptz" } },
};

/** An operation with such an item. */
const hasItem = (holds: Sql) => sql`exists (select from operation_items i where i.operation_id = o.id and ${holds})`;
const hasOpen = hasItem(sql`i.answered_at is null`);

const byState = {
  open: [hasOpen],
  ended: [sql`not ${hasOpen}`],
  failed: [hasItem(sql`i.state = any(${[...failedStates]}::text[])`)],
};

export async function findOperations(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listOperations>> {
  const inState = input.state ? byState[input.state] : [];
  const found = await findPage(ctx, listing, input, { all: [...matching(input), ...inState] });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await operationsWithCounts(ctx).where("o.id", "in", ids).execute();
  return toItems(found, rows, toSummary);
}

/** How many of them are in each state; what failed is open or ended as well. */
export async function countOperations(ctx: Context, input: InputOf<typeof api.countOperations>) {
  return { states: await countRows(ctx, listing, matching(input), byState) };
}

function matching({ kind, nodeId, instanceId, from, to }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  return [
    ...equals(sql`o.kind`, kind),
    ...(nodeId === undefined ? [] : [hasItem(sql`i.node_id = ${nodeId}`)]),
    ...(instanceId === undefined ? [] : [hasItem(sql`i.instance_id = ${instanceId}`)]),
    ...within(sql`o.created_at`, from, to),
  ];
}
