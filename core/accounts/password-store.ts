import { newId } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { openEmail } from "./address.ts";

/** The hash of an account's password, and where mails to it go. */
export async function findPassword(ctx: Context, accountId: string) {
  const row = await ctx.db
    .selectFrom("accounts as a")
    .leftJoin("credentials as c", (join) => join.onRef("c.account_id", "=", "a.id").on("c.provider", "=", "credential"))
    .select(["a.id", "a.email", "a.username", "c.password"])
    .where("a.id", "=", accountId)
    .executeTakeFirstOrThrow();
  return { email: openEmail(ctx, row), username: row.username, password: row.password };
}

/** Sets an account's password, whether it had one or not. */
export async function savePassword(ctx: Context, accountId: string, passwordHash: string): Promise<void> {
  const now = ctx.now();
  const id = newId("credential", now);
  const row = { password: passwordHash, updated_at: now };
  await ctx.db
    .insertInto("credentials")
    .values({ id, account_id: accountId, provider: "credential", ...row, created_at: now })
    .onConflict((conflict) => conflict.columns(["account_id", "provider"]).doUpdateSet(row))
    .execute();
}

/** After a password that was set by mail: the address is proven, and API keys from before are refused from now on. */
export async function noteReset(ctx: Context, accountId: string): Promise<void> {
  const now = ctx.now();
  await ctx.db
    .updateTable("accounts")
    .set({ email_verified: true, keys_from: now, updated_at: now })
    .where("id", "=", accountId)
    .execute();
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
