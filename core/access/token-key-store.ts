import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";

export type TokenKeyRow = Row<"token_keys">;

/** One maker of keys at a time. */
export async function lockTokenKeys(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('access.token_keys'))`.execute(ctx.db);
}

/** All of them, the one that signs last first. */
export async function findTokenKeys(ctx: Context): Promise<TokenKeyRow[]> {
  return ctx.db.selectFrom("token_keys").selectAll().orderBy("signs_from", "desc").execute();
}

export async function findTokenKey(ctx: Context, keyId: string): Promise<TokenKeyRow | undefined> {
  return ctx.db.selectFrom("token_keys").selectAll().where("id", "=", keyId).executeTakeFirst();
}

export async function insertTokenKey(ctx: Context, key: TokenKeyRow): Promise<void> {
  await ctx.db.insertInto("token_keys").values(key).execute();
}

export async function deleteTokenKey(ctx: Context, keyId: string): Promise<void> {
  await ctx.db.deleteFrom("token_keys").where("id", "=", keyId).execute();
}
