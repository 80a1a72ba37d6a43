import type { Insertable } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Tables } from "../platform/gen/tables.ts";

export async function insertSession(ctx: Context, row: Insertable<Tables["sessions"]>): Promise<void> {
  await ctx.db.insertInto("sessions").values(row).execute();
}

/** Notes that the owner of a session proved just now who they are. */
export async function markProven(ctx: Context, sessionId: string): Promise<void> {
  await ctx.db.updateTable("sessions").set({ proven_at: ctx.now() }).where("id", "=", sessionId).execute();
}

export async function findProvenAt(ctx: Context, sessionId: string): Promise<Date | undefined> {
  const query = ctx.db.selectFrom("sessions").select("proven_at").where("id", "=", sessionId);
  return (await query.executeTakeFirst())?.proven_at ?? undefined;
}

/** The hash of an account's password as it is now. */
export async function findPasswordHash(ctx: Context, accountId: string): Promise<string | undefined> {
  const found = await ctx.db
    .selectFrom("credentials")
    .select("password")
    .where("account_id", "=", accountId)
    .where("provider", "=", "credential")
    .executeTakeFirst();
  return found?.password ?? undefined;
}
