import { type customRoles, type InputOf, type ReplyOf, roles } from "@berth/api";
import { isPermission, requireHeld } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { actorName } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { deleteRoleRow, insertRole, lockRole, roleNameTaken, saveRole } from "./role-store.ts";
import { getRole } from "./views.ts";

type Role = ReplyOf<typeof customRoles.createRole>;

/** Makes a role. It holds nothing that its maker, by role and key together, may not do. */
export async function createRole(
  ctx: Context,
  { name, base, permissions }: InputOf<typeof customRoles.createRole>,
): Promise<Role> {
  requireHeld(ctx, permissions);
  requireFree(name);
  return transaction(ctx, async (ctx) => {
    const held = [...new Set(permissions)];
    const roleId = await insertRole(ctx, { name, base, permissions: held, madeBy: actorName(ctx.actor) });
    await record(ctx, { name: "access.role_made", data: { roleId, base, permissions: held } });
    return getRole(ctx, roleId);
  });
}

/** Changes what a role holds, for everybody who has it and from their next call on. */
export async function changeRole(
  ctx: Context,
  { roleId, name, permissions }: InputOf<typeof customRoles.changeRole>,
): Promise<Role> {
  requireFree(name);
  return transaction(ctx, async (ctx) => {
    const { permissions: before } = await lockRole(ctx, roleId);
    // What it holds now as well: who may do less than a role takes nothing away from it either.
    requireHeld(ctx, [...permissions, ...before.filter(isPermission)]);
    const held = [...new Set(permissions)];
    await saveRole(ctx, roleId, { name, permissions: held });
    await record(ctx, { name: "access.role_changed", data: { roleId, before, permissions: held } });
    return getRole(ctx, roleId);
  });
}

export async function deleteRole(
  ctx: Context,
  { roleId }: InputOf<typeof customRoles.deleteRole>,
): Promise<ReplyOf<typeof customRoles.deleteRole>> {
  return transaction(ctx, async (ctx) => {
    const { permissions } = await lockRole(ctx, roleId);
    requireHeld(ctx, permissions.filter(isPermission));
    await deleteRoleRow(ctx, roleId);
    await record(ctx, { name: "access.role_deleted", data: { roleId } });
    return { deleted: true };
  });
}

/** Nobody takes a made role for a fixed one. */
function requireFree(name: string): void {
  const plain = name.toLowerCase().replaceAll(/[^a-z]+/g, "_");
  if (roles.some((fixed) => fixed === plain)) throw roleNameTaken();
}
