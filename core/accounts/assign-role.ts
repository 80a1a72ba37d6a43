import { type InputOf, type Permission, type Role, roles, type staff } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { lockManaged, requireOtherSuperAdmin } from "./managed.ts";
import { covers, permissionsOf } from "./role.ts";
import { type GivenRole, saveRole } from "./staff-store.ts";
import { type Account, findCustomRole, getAccount } from "./views.ts";

/** Gives an account another role, from its next call on. Nobody gives away what they may not do themselves. */
export async function assignRole(
  ctx: Context,
  { accountId, role }: InputOf<typeof staff.assignRole>,
): Promise<Account> {
  return transaction(ctx, async (ctx) => {
    const account = await lockManaged(ctx, accountId);
    const { permissions, ...given } = await readRole(ctx, role);
    requireHeld(ctx, permissions);
    if (given.role !== "super_admin") await requireOtherSuperAdmin(ctx, account);
    await saveRole(ctx, accountId, given);
    const from = account.custom_role_id ?? account.role;
    await record(ctx, { name: "accounts.role_changed", accountId, data: { from, to: role } });
    return getAccount(ctx, accountId);
  });
}

async function readRole(ctx: Context, role: string): Promise<GivenRole & { permissions: ReadonlySet<Permission> }> {
  if (isFixed(role))
    return { role, customRoleId: null, permissions: permissionsOf({ role, custom_permissions: null }) };
  const made = await findCustomRole(ctx, role);
  if (!made) throw new Refusal("not_found", "access.role_not_found", `no role ${role}`);
  const permissions = permissionsOf({ role: made.base, custom_permissions: made.permissions });
  return { role: made.base, customRoleId: made.id, permissions };
}

function isFixed(role: string): role is Role {
  return roles.some((fixed) => fixed === role);
}

/** Refuses to hand on what the caller, role and key together, may not do. */
export function requireHeld({ actor }: Context, permissions: Iterable<Permission>): void {
  if (actor.kind === "system") return;
  if (actor.kind === "account" && covers(actor.permissions, permissions)) return;
  throw new Refusal("forbidden", "access.not_yours_to_give", "nobody gives away what they may not do themselves");
}
