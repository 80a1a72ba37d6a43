import { catalogue as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { findPage, type Listing, toItems } from "../platform/listing.ts";
import { equals, searched, startsWith } from "../platform/listing-filters.ts";
import { toPlan } from "./plan.ts";
import { plansWithPrices } from "./store.ts";

type Input = InputOf<typeof api.listPlans>;

const name = sql`(lower(p.name) collate "C")`;

const listing: Listing = {
  route: api.listPlans,
  from: sql`plans p join prices c on c.plan_id = p.id`,
  id: sql`p.id`,
  sorts: {
    created: { by: sql`p.created_at`, type: "timestamptz" },
    name: { by: name, type: "text" },
    price: { by: sql`c.minor`, type: "bigint" },
  },
};

export async function findPlans(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listPlans>> {
  const found = await findPage(ctx, listing, input, { all: matching(input) });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await plansWithPrices(ctx).where("plans.id", "in", ids).execute();
  return toItems(found, rows, toPlan);
}

function matching({ q, kind, onSale }: Input) {
  return [
    ...searched(q, { plan: sql`p.id` }, (text) => startsWith(name, text.toLowerCase())),
    ...equals(sql`p.kind`, kind),
    ...(onSale === undefined ? [] : [sql`p.on_sale = ${onSale === "true"}`]),
  ];
}
