import { serials as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { equals, searched, startsWith, within } from "../platform/listing-filters.ts";
import type { Serial } from "./batch.ts";
import { prefixOf } from "./code.ts";
import { serialsWithBatches, toSerial } from "./views.ts";

type Input = InputOf<typeof api.listSerials>;

const listing: Listing = {
  route: api.listSerials,
  from: sql`serials s join serial_batches b on b.id = s.batch_id`,
  id: sql`s.id`,
  sorts: {
    // A serial is as old as its batch, and batches' ids sort by age.
    created: { by: sql`s.batch_id`, type: "text" },
    redeemed: { by: sql`s.redeemed_at`, type: "timestamptz" },
  },
};

/** The same as `stateOf`, as conditions. */
function inState(state: Serial["state"], now: Date): Sql[] {
  if (state === "used" || state === "revoked") return [sql`s.state = ${state}`];
  const unused = sql`s.state = 'unused'`;
  if (state === "expired") return [unused, sql`b.redeem_by <= ${now}`];
  return [unused, sql`b.redeem_by > ${now}`, sql`(b.payment = 'pending') = ${state === "pending"}`];
}

/** Serials, without their codes. */
export async function findSerials(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listSerials>> {
  const now = ctx.now();
  const all = matching(input);
  const any = input.state?.map((state) => inState(state, now));
  const found = await findPage(ctx, listing, input, /redeemed/.test(input.sort) ? redeemed(input, all) : { all, any });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await serialsWithBatches(ctx).where("s.id", "in", ids).execute();
  return toItems(found, rows, (row) => toSerial(row, now));
}

/** Only what was redeemed has a place in that order, and is in one state. */
function redeemed({ state }: Input, all: readonly Sql[]) {
  const isThere = state === undefined || state.includes("used");
  return { all: [...all, isThere ? sql`s.redeemed_at is not null` : sql`false`] };
}

/** How many of them are in each state. */
export async function countSerials(ctx: Context, input: InputOf<typeof api.countSerials>) {
  const now = ctx.now();
  const byState = {
    pending: inState("pending", now),
    unused: inState("unused", now),
    used: inState("used", now),
    expired: inState("expired", now),
    revoked: inState("revoked", now),
  };
  return { states: await countRows(ctx, listing, matching(input), byState) };
}

function matching({ q, ...input }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  const ids = { serial: sql`s.id`, batch: sql`s.batch_id`, account: sql`s.redeemed_by` };
  return [
    ...searched(q, ids, printed),
    ...equals(sql`s.batch_id`, input.batchId),
    ...equals(sql`s.redeemed_by`, input.redeemedBy),
    ...equals(sql`b.plan_id`, input.planId),
    ...equals(sql`b.made_by`, input.madeBy),
    ...madeWithin(input),
  ];
}

/** As a range of batches' ids as well, which stand in the indexes of both sorts. */
function madeWithin({ from, to }: Pick<Input, "from" | "to">): Sql[] {
  const [first, last] = [within(sql`created_at`, from, undefined), within(sql`created_at`, undefined, to)];
  return [
    ...within(sql`b.created_at`, from, to),
    ...first.map((isLater) => sql`s.batch_id >= (select min(id) from serial_batches where ${isLater})`),
    ...last.map((isBefore) => sql`s.batch_id <= (select max(id) from serial_batches where ${isBefore})`),
  ];
}

/** No more of a code is known than its begin. */
const printed = (code: string) =>
  startsWith(sql`(s.prefix collate "C")`, prefixOf(code.toUpperCase().replace(/[\s-]/g, "")));
