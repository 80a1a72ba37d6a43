import type { Role } from "@berth/api";
import type { Context } from "../platform/context.ts";

export async function findPolicies(ctx: Context) {
  return ctx.db.selectFrom("role_policies").selectAll().execute();
}

export async function savePolicy(
  ctx: Context,
  { role, requireSecondFactor }: { role: Role; requireSecondFactor: boolean },
): Promise<void> {
  const row = { require_second_factor: requireSecondFactor, changed_at: ctx.now() };
  await ctx.db
    .insertInto("role_policies")
    .values({ role, ...row })
    .onConflict((conflict) => conflict.column("role").doUpdateSet(row))
    .execute();
}
