import type { accounts as api, InputOf, ReplyOf } from "@berth/api";
import { dayMs } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import type { Row } from "../platform/rows.ts";
import { placeMs, placeOf } from "./place.ts";
import { maySeePersonal } from "./views.ts";

export type SignInRow = Row<"sign_ins">;

/** From where somebody signed in, and with what kind of browser. */
export interface SignedInFrom {
  readonly address: string;
  readonly agent: string;
}

const clientPlace = (signInId: string) => `sign_ins|client|${signInId}`;

export function sealSignIn(ctx: Context, signInId: string, { address, agent }: SignedInFrom): Buffer {
  return ctx.keys.seal(clientPlace(signInId), JSON.stringify({ address, agent }));
}

function openSignIn(ctx: Context, { id, client }: SignInRow): SignedInFrom {
  if (!client) throw new Error(`${id} is not sealed yet`);
  return JSON.parse(ctx.keys.open(clientPlace(id), client).toString()) as SignedInFrom;
}

export async function insertSignIn(
  ctx: Context,
  row: Pick<SignInRow, "id" | "account_id" | "session_id" | "at" | "ways" | "is_new_place">,
  from: SignedInFrom,
): Promise<void> {
  const client = sealSignIn(ctx, row.id, from);
  await ctx.db
    .insertInto("sign_ins")
    .values({ ...row, client })
    .execute();
}

export async function hasSignedIn(ctx: Context, accountId: string): Promise<boolean> {
  const query = ctx.db.selectFrom("sign_ins").select("id").where("account_id", "=", accountId).limit(1);
  return (await query.executeTakeFirst()) !== undefined;
}

/** Notes that the account is at this place; true when it was not for 90 days. Call it with the account locked. */
export async function visitPlace(
  ctx: Context,
  accountId: string,
  seen: { place: string; agent: string },
): Promise<boolean> {
  const seen_at = ctx.now();
  const place_hash = hashPlace(ctx, accountId, seen);
  const { numUpdatedRows } = await ctx.db
    .updateTable("sign_in_places")
    .set({ seen_at })
    .where("account_id", "=", accountId)
    .where("place_hash", "=", place_hash)
    .where("seen_at", ">", new Date(seen_at.getTime() - placeMs))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return false;
  await ctx.db
    .insertInto("sign_in_places")
    .values({ account_id: accountId, place_hash, seen_at })
    .onConflict((conflict) => conflict.columns(["account_id", "place_hash"]).doUpdateSet({ seen_at }))
    .execute();
  return true;
}

/** One browser at one household or office, of one account: the same elsewhere has another hash. */
export function hashPlace(ctx: Context, accountId: string, { place, agent }: { place: string; agent: string }): Buffer {
  return ctx.keys.hash("accounts.place", `${accountId} ${place} ${agent}`);
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
  const isWhole = maySeePersonal(ctx, accountId);
  return toPage(await query.execute(), limit, (row) => {
    const { address, agent } = openSignIn(ctx, row);
    const place = placeOf(address);
    return {
      id: row.id,
      at: row.at.toISOString(),
      address: isWhole ? address : place,
      place,
      agent,
      ways: row.ways,
      isNewPlace: row.is_new_place,
    };
  });
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
