import { sql } from "kysely";
import type { Context } from "../platform/context.ts";

export async function findSetting(ctx: Context, name: string) {
  return ctx.db.selectFrom("settings").selectAll().where("name", "=", name).executeTakeFirst();
}

export async function findSettings(ctx: Context, names: readonly string[]) {
  if (names.length === 0) return [];
  return ctx.db.selectFrom("settings").selectAll().where("name", "in", names).execute();
}

/** One change of a setting at a time, whether it has a row yet or not. */
export async function lockSetting(ctx: Context, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('setting'), hashtext(${name}))`.execute(ctx.db);
}

/** Writes a setting over what it was. */
export async function saveSetting(
  ctx: Context,
  { name, value = null, sealed = null }: { name: string; value?: string | null; sealed?: Buffer | null },
): Promise<void> {
  const row = { value, sealed, changed_at: ctx.now() };
  await ctx.db
    .insertInto("settings")
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
    .execute();
}

/** Writes a setting if it is not there yet; a race is settled by the key. */
export async function insertSetting(ctx: Context, name: string, sealed: Buffer): Promise<void> {
  await ctx.db
    .insertInto("settings")
    .values({ name, sealed, changed_at: ctx.now() })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
}

/** Deletes a setting and returns it: to one caller, however many ask. */
export async function deleteSetting(ctx: Context, name: string) {
  return ctx.db.deleteFrom("settings").where("name", "=", name).returningAll().executeTakeFirst();
}
