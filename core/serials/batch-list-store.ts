import { serials as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { equals, oneOf, searched, startsWith, within } from "../platform/listing-filters.ts";
import { toBatch } from "./batch.ts";
import { batchesWithCounts } from "./store.ts";

type Input = InputOf<typeof api.listBatches>;

/** Written as in the index. */
const name = sql`(lower(b.name) collate "C")`;

const listing: Listing = {
  route: api.listBatches,
  from: sql`serial_batches b`,
  id: sql`b.id`,
  sorts: {
    created: { by: sql`b.created_at`, type: "timestamptz" },
    redeemBy: { by: sql`b.redeem_by`, type: "timestamptz" },
    name: { by: name, type: "text" },
  },
};

function inState(state: NonNullable<Input["state"]>[number], now: Date): Sql[] {
  if (state === "expired") return [sql`b.redeem_by <= ${now}`];
  return [sql`b.redeem_by > ${now}`, sql`(b.payment = 'pending') = ${state === "pending"}`];
}

export async function findBatches(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listBatches>> {
  const now = ctx.now();
  const any = input.state?.map((state) => inState(state, now));
  const found = await findPage(ctx, listing, input, { all: matching(input), any });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await batchesWithCounts(ctx).where("b.id", "in", ids).execute();
  return toItems(found, rows, toBatch);
}

/** How many of them are in each state. */
export async function countBatches(ctx: Context, input: InputOf<typeof api.countBatches>) {
  const now = ctx.now();
  const byState = { pending: inState("pending", now), open: inState("open", now), expired: inState("expired", now) };
  return { states: await countRows(ctx, listing, matching(input), byState) };
}

function matching({ q, ...input }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  return [
    ...searched(q, { batch: sql`b.id`, plan: sql`b.plan_id` }, (text) => startsWith(name, text.toLowerCase())),
    ...equals(sql`b.plan_id`, input.planId),
    ...oneOf(sql`b.payment`, input.payment),
    ...equals(sql`b.made_by`, input.madeBy),
    ...within(sql`b.created_at`, input.from, input.to),
  ];
}
