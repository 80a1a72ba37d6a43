import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { isUniqueViolation } from "../platform/database.ts";
import type { Row } from "../platform/rows.ts";

export type ListedRow = Row<"address_lists">;

export async function findListed(ctx: Context): Promise<ListedRow[]> {
  return ctx.db.selectFrom("address_lists").selectAll().orderBy("created_at", "desc").orderBy("id", "desc").execute();
}

/** What is listed and not over. */
export async function findListedNow(ctx: Context): Promise<Pick<ListedRow, "kind" | "network">[]> {
  return ctx.db
    .selectFrom("address_lists")
    .select(["kind", "network"])
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", ctx.now())]))
    .execute();
}

/** An entry that is over makes way. */
export async function insertListed(ctx: Context, row: ListedRow): Promise<void> {
  await ctx.db
    .deleteFrom("address_lists")
    .where("kind", "=", row.kind)
    .where("network", "=", row.network)
    .where("expires_at", "<=", ctx.now())
    .execute();
  try {
    await ctx.db.insertInto("address_lists").values(row).execute();
  } catch (error) {
    if (!isUniqueViolation(error, "listed_once")) throw error;
    throw new Refusal("conflict", "guard.listed_already", `${row.network} is on this list`);
  }
}

export async function deleteListed(ctx: Context, listedId: string): Promise<ListedRow> {
  const row = await ctx.db.deleteFrom("address_lists").where("id", "=", listedId).returningAll().executeTakeFirst();
  if (!row) throw new Refusal("not_found", "guard.not_listed", `no entry ${listedId}`);
  return row;
}

export async function forgetListed(ctx: Context): Promise<void> {
  await ctx.db.deleteFrom("address_lists").where("expires_at", "<=", ctx.now()).execute();
}
