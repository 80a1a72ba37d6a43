import { orders as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import { accountsNamed } from "../accounts/index.ts";
import { scopeOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { equals, oneOf, searched, within } from "../platform/listing-filters.ts";
import { type OrderRow, toOrder } from "./order.ts";

type Input = InputOf<typeof api.listOrders>;

const listing: Listing = {
  route: api.listOrders,
  from: sql`orders o`,
  id: sql`o.id`,
  sorts: {
    created: { by: sql`o.created_at`, type: "timestamptz" },
    price: { by: sql`o.price_minor`, type: "bigint" },
  },
};

const inState = (state: OrderRow["state"]): Sql[] => [sql`o.state = ${state}`];

/** Orders: one's own, or for staff everybody's. */
export async function findOrders(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listOrders>> {
  const found = await findPage(ctx, listing, input, { all: matching(ctx, input), any: input.state?.map(inState) });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await ordersWithNames(ctx).where("o.id", "in", ids).execute();
  return toItems(found, rows, (row) => ({ ...toOrder(row), accountName: row.username, planName: row.plan_name }));
}

const ordersWithNames = (ctx: Context) =>
  ctx.db
    .selectFrom("orders as o")
    .innerJoin("accounts as a", "a.id", "o.account_id")
    .innerJoin("plans as p", "p.id", "o.plan_id")
    .selectAll("o")
    .select(["a.username", "p.name as plan_name"]);

/** How many of them are in each state. */
export async function countOrders(ctx: Context, input: InputOf<typeof api.countOrders>) {
  return { states: await countRows(ctx, listing, matching(ctx, input), { completed: inState("completed") }) };
}

function matching(ctx: Context, { q, ...input }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  const ids = { order: sql`o.id`, account: sql`o.account_id`, lease: sql`o.lease_id` };
  return [
    ...equals(sql`o.account_id`, scopeOf(ctx.actor, "leases.any")),
    ...equals(sql`o.account_id`, input.accountId),
    ...searched(q, ids, (name) => accountsNamed(sql`o.account_id`, name)),
    ...equals(sql`o.plan_id`, input.planId),
    ...equals(sql`o.lease_id`, input.leaseId),
    ...oneOf(sql`o.kind`, input.kind),
    ...within(sql`o.created_at`, input.from, input.to),
  ];
}
