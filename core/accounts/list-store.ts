import { accounts as api, type InputOf, type ReplyOf } from "@berth/api";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { countRows, findPage, type Listing, type Sql, toItems } from "../platform/listing.ts";
import { oneOf, searched, startsWith, within } from "../platform/listing-filters.ts";
import { indexOfEmail } from "./address.ts";
import { type Account, selectAccounts, toAccount } from "./views.ts";

type Input = InputOf<typeof api.listAccounts>;

/** Written as in the indexes. */
const name = sql`(lower(a.username) collate "C")`;

const listing: Listing = {
  route: api.listAccounts,
  from: sql`accounts a`,
  id: sql`a.id`,
  sorts: { created: { by: sql`a.created_at`, type: "timestamptz" }, username: { by: name, type: "text" } },
};

const inState = (state: Account["state"]): Sql[] => [sql`a.state = ${state}`];

export async function findAccounts(ctx: Context, input: Input): Promise<ReplyOf<typeof api.listAccounts>> {
  const found = await findPage(ctx, listing, input, { all: matching(ctx, input), any: input.state?.map(inState) });
  const { ids } = found;
  const rows = ids.length === 0 ? [] : await selectAccounts(ctx).where("a.id", "in", ids).execute();
  return toItems(found, rows, (row) => toAccount(ctx, row));
}

/** How many of them are in each state. */
export async function countAccounts(ctx: Context, input: InputOf<typeof api.countAccounts>) {
  return { states: await countRows(ctx, listing, matching(ctx, input), byState) };
}

const byState = {
  unverified: inState("unverified"),
  active: inState("active"),
  suspended: inState("suspended"),
  closed: inState("closed"),
};

function matching(ctx: Context, { q, role, from, to }: Omit<Input, "state" | "sort" | "limit">): Sql[] {
  return [
    ...searched(q, { account: sql`a.id` }, (text) => (text.includes("@") ? mailedAt(ctx, text) : named(text))),
    ...oneOf(sql`a.role`, role),
    ...within(sql`a.created_at`, from, to),
  ];
}

const named = (begin: string) => startsWith(name, begin.toLowerCase());

/** A whole one: there is only its hash to look at. */
const mailedAt = (ctx: Context, email: string) => sql`a.email_index = ${indexOfEmail(ctx, email)}`;

/** That a column holds an account whose name begins so. */
export function accountsNamed(column: Sql, begin: string): Sql {
  return sql`${column} in (select a.id from accounts a where ${named(begin)})`;
}
