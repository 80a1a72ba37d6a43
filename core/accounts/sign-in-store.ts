import type { accounts as api, InputOf, ReplyOf } from "@berth/api";
import { dayMs } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import type { Row } from "../platform/rows.ts";
import { placeMs } from "./place.ts";

export type SignInRow = Row<"sign_ins">;

export async function insertSignIn(ctx: Context, row: SignInRow): Promise<void> {
  await ctx.db.insertInto("sign_ins").values(row).execute();
}

export async function hasSignedIn(ctx: Context, accountId: string): Promise<boolean> {
  const query = ctx.db.selectFrom("sign_ins").select("id").where("account_id", "=", accountId).limit(1);
  return (await query.executeTakeFirst()) !== undefined;
}

/** Notes that the account is at this place; true when it was not for 90 days. Call it with the account locked. */
export async function visitPlace(ctx: Context, accountId: string, place: string, agent: string): Promise<boolean> {
  const seen_at = ctx.now();
  const { numUpdatedRows } = await ctx.db
    .updateTable("sign_in_places")
    .set({ seen_at })
    .where("account_id", "=", accountId)
    .where("place", "=", place)
    .where("agent", "=", agent)
    .where("seen_at", ">", new Date(seen_at.getTime() - placeMs))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return false;
  await ctx.db
    .insertInto("sign_in_places")
    .values({ account_id: accountId, place, agent, seen_at })
    .onConflict((conflict) => conflict.columns(["account_id", "place", "agent"]).doUpdateSet({ seen_at }))
    .execute();
  return true;
}

/** Where an account signed in, newest first. */
export async function findSignIns(
  ctx: Context,
  accountId: string,
  { limit, ...input }: InputOf<typeof api.listMySignIns>,
): Promise<ReplyOf<typeof api.listMySignIns>> {
  let query = ctx.db
    .selectFrom("sign_ins")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("at", "id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), limit, ({ id, at, address, place, agent, ways, is_new_place }) => ({
    id,
    at: at.toISOString(),
    address,
    place,
    agent,
    ways,
    isNewPlace: is_new_place,
  }));
}

/** Addresses are personal: they are kept no longer than they are of use. */
export async function deleteOldSignIns(ctx: Context): Promise<void> {
  const before = (ms: number) => new Date(ctx.now().getTime() - ms);
  await ctx.db
    .deleteFrom("sign_ins")
    .where("at", "<=", before(365 * dayMs))
    .execute();
  await ctx.db.deleteFrom("sign_in_places").where("seen_at", "<=", before(placeMs)).execute();
}
