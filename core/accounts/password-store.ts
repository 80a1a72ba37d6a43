import type { Context } from "../platform/context.ts";

/** The hash of an account's password, and where mails to it go. */
export async function findPassword(ctx: Context, accountId: string) {
  return ctx.db
    .selectFrom("accounts as a")
    .leftJoin("credentials as c", (join) => join.onRef("c.account_id", "=", "a.id").on("c.provider", "=", "credential"))
    .select(["a.email", "a.username", "c.password"])
    .where("a.id", "=", accountId)
    .executeTakeFirstOrThrow();
}

/** False when the password is no longer the one that was proven. */
export async function replacePassword(
  ctx: Context,
  accountId: string,
  { proven, passwordHash }: { proven: string; passwordHash: string },
): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("credentials")
    .set({ password: passwordHash, updated_at: ctx.now() })
    .where("account_id", "=", accountId)
    .where("provider", "=", "credential")
    .where("password", "=", proven)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Ends an account's sessions, all of them or all but one; returns how many. */
export async function deleteSessions(ctx: Context, accountId: string, except = ""): Promise<number> {
  const { numDeletedRows } = await ctx.db
    .deleteFrom("sessions")
    .where("account_id", "=", accountId)
    .where("id", "<>", except)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
