import { newId, Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { isReferenced, isUniqueViolation } from "../platform/database.ts";
import type { Row } from "../platform/rows.ts";

export type RoleRow = Row<"roles">;

export async function insertRole(
  ctx: Context,
  { name, base, permissions, madeBy }: Pick<RoleRow, "name" | "base"> & { permissions: string[]; madeBy: string },
): Promise<string> {
  const now = ctx.now();
  const id = newId("role", now);
  const row = { id, name, base, permissions, made_by: madeBy, created_at: now, changed_at: now };
  await refuseTaken(ctx.db.insertInto("roles").values(row).execute());
  return id;
}

export async function saveRole(
  ctx: Context,
  roleId: string,
  change: { name: string; permissions: string[] },
): Promise<void> {
  const changed = ctx.db.updateTable("roles").set({ ...change, changed_at: ctx.now() });
  await refuseTaken(changed.where("id", "=", roleId).execute());
}

/** The role, locked until the transaction ends. */
export async function lockRole(ctx: Context, roleId: string): Promise<RoleRow> {
  const row = await ctx.db.selectFrom("roles").selectAll().where("id", "=", roleId).forUpdate().executeTakeFirst();
  if (!row) throw new Refusal("not_found", "access.role_not_found", `no role ${roleId}`);
  return row;
}

export async function deleteRoleRow(ctx: Context, roleId: string): Promise<void> {
  try {
    await ctx.db.deleteFrom("roles").where("id", "=", roleId).execute();
  } catch (error) {
    if (!isReferenced(error)) throw error;
    throw new Refusal("conflict", "access.role_in_use", "somebody has this role: give them another one first");
  }
}

async function refuseTaken(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (isUniqueViolation(error, "role_name_once")) throw roleNameTaken();
    throw error;
  }
}

export function roleNameTaken(): Refusal {
  return new Refusal("conflict", "access.role_name_taken", "a role has this name");
}
