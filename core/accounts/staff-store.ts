import type { Context } from "../platform/context.ts";
import { isUniqueViolation } from "../platform/database.ts";
import { type AccountState, accountNotFound, usernameTaken } from "./account.ts";
import { type AccountRow, insertAccount } from "./store.ts";

export interface GivenRole {
  readonly role: AccountRow["role"];
  readonly customRoleId: string | null;
}

/** An account that may act and can't sign in yet: setting a password takes a code that goes to its address. */
export async function insertCustomer(ctx: Context, { username, email }: { username: string; email: string }) {
  return refuseTaken(insertAccount(ctx, { username, email, state: "active" }));
}

export async function saveUsername(ctx: Context, accountId: string, username: string): Promise<void> {
  const named = ctx.db.updateTable("accounts").set({ username, updated_at: ctx.now() }).where("id", "=", accountId);
  await refuseTaken(named.execute());
}

export async function saveRole(ctx: Context, accountId: string, { role, customRoleId }: GivenRole): Promise<void> {
  await ctx.db
    .updateTable("accounts")
    .set({ role, custom_role_id: customRoleId, updated_at: ctx.now() })
    .where("id", "=", accountId)
    .execute();
}

/** `reason` only for a suspended account. */
export async function saveState(
  ctx: Context,
  accountId: string,
  { state, reason }: { state: AccountState; reason: string | null },
): Promise<void> {
  await ctx.db
    .updateTable("accounts")
    .set({ state, suspended_for: reason, updated_at: ctx.now() })
    .where("id", "=", accountId)
    .execute();
}

/** Locked before anything is decided about it. */
export async function holdAccount(ctx: Context, accountId: string): Promise<void> {
  const held = await ctx.db
    .selectFrom("accounts")
    .select("id")
    .where("id", "=", accountId)
    .forUpdate()
    .executeTakeFirst();
  if (!held) throw accountNotFound(accountId);
}

/** Whether somebody else could act as super admin if this account could not. */
export async function hasOtherSuperAdmin(ctx: Context, accountId: string): Promise<boolean> {
  const found = await ctx.db
    .selectFrom("accounts")
    .select("id")
    .where("role", "=", "super_admin")
    .where("state", "=", "active")
    .where("id", "<>", accountId)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

async function refuseTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (isUniqueViolation(error, "username_once")) throw usernameTaken();
    throw error;
  }
}
