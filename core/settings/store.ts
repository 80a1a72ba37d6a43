import type { Context } from "../platform/context.ts";

export async function findSetting(ctx: Context, name: string) {
  return ctx.db.selectFrom("settings").selectAll().where("name", "=", name).executeTakeFirst();
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
