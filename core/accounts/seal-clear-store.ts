import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { hashPlace, type SignInRow, sealSignIn } from "./sign-in-store.ts";

export async function findClearAccounts(ctx: Context) {
  const clear = ctx.db.selectFrom("accounts").select(["id", "clear_email"]).where("clear_email", "is not", null);
  return clear.orderBy("id").limit(500).execute();
}

export async function saveSealedAccount(
  ctx: Context,
  accountId: string,
  sealed: { email: Buffer; email_index: Buffer },
): Promise<void> {
  await ctx.db
    .updateTable("accounts")
    .set({ ...sealed, clear_email: null })
    .where("id", "=", accountId)
    .where("clear_email", "is not", null)
    .execute();
}

export async function findClearSignIns(ctx: Context): Promise<SignInRow[]> {
  const clear = ctx.db.selectFrom("sign_ins").selectAll().where("clear_address", "is not", null);
  return clear.orderBy("id").limit(500).execute();
}

export async function saveSealedSignIn(ctx: Context, row: SignInRow): Promise<void> {
  const { id, account_id, at, clear_place, clear_agent } = row;
  const agent = clear_agent ?? "";
  const client = sealSignIn(ctx, id, { address: row.clear_address ?? "", agent });
  await ctx.db
    .updateTable("sign_ins")
    .set({ client, clear_address: null, clear_place: null, clear_agent: null })
    .where("id", "=", id)
    .execute();
  const place_hash = hashPlace(ctx, account_id, { place: clear_place ?? "", agent });
  await ctx.db
    .insertInto("sign_in_places")
    .values({ account_id, place_hash, seen_at: at })
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "place_hash"])
        .doUpdateSet({ seen_at: sql<Date>`greatest(sign_in_places.seen_at, excluded.seen_at)` }),
    )
    .execute();
}
