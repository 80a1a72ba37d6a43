import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { accountNotFound } from "./account.ts";
import { covers, permissionsOf } from "./role.ts";
import { hasOtherSuperAdmin, holdAccount } from "./staff-store.ts";
import { lockSuperAdmins } from "./store.ts";
import { findAccount, type SeenAccount } from "./views.ts";

/**
 * The account that staff are about to change, locked. Nobody touches who may do more than they do: a name or a suspension
 * would be a way up, or a way to shut somebody out.
 */
export async function lockManaged(ctx: Context, accountId: string): Promise<SeenAccount> {
  await lockSuperAdmins(ctx);
  await holdAccount(ctx, accountId);
  const account = await findAccount(ctx, accountId);
  if (!account) throw accountNotFound(accountId);
  if (!(await isAbove(ctx, account))) {
    throw new Refusal("forbidden", "accounts.above_you", "this account may do more than yours");
  }
  return account;
}

/** Asked of the role and not of an API key's scopes, which say what it does and not to whom. */
async function isAbove({ actor, ...ctx }: Context, account: SeenAccount): Promise<boolean> {
  if (actor.kind === "system") return true;
  if (actor.kind !== "account") return false;
  const own = await findAccount({ ...ctx, actor }, actor.accountId);
  return own !== undefined && own.state === "active" && covers(permissionsOf(own), permissionsOf(account));
}

/** Refuses to leave the installation without anybody who may do everything. Call it with the super admins locked. */
export async function requireOtherSuperAdmin(ctx: Context, account: SeenAccount): Promise<void> {
  if (account.role !== "super_admin" || account.state !== "active") return;
  if (await hasOtherSuperAdmin(ctx, account.id)) return;
  throw new Refusal("conflict", "accounts.last_super_admin", "this is the last active super admin");
}
