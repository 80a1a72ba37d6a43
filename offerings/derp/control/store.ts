import type { Context } from "@berth/core/platform/context";
import type { Row } from "@berth/core/platform/rows";

export type ConfigurationRow = Row<"derp_configurations">;

export async function findConfiguration(ctx: Context, leaseId: string): Promise<ConfigurationRow | undefined> {
  return ctx.db.selectFrom("derp_configurations").selectAll().where("lease_id", "=", leaseId).executeTakeFirst();
}

export async function findByToken(ctx: Context, hash: Buffer): Promise<ConfigurationRow | undefined> {
  return ctx.db.selectFrom("derp_configurations").selectAll().where("token_hash", "=", hash).executeTakeFirst();
}

/** Writes the first address of a lease's configuration, or a new one in place of the old. */
export async function saveConfiguration(ctx: Context, row: ConfigurationRow): Promise<void> {
  const { lease_id: _, ...change } = row;
  await ctx.db
    .insertInto("derp_configurations")
    .values(row)
    .onConflict((conflict) => conflict.column("lease_id").doUpdateSet(change))
    .execute();
}

export type PolicyRow = Row<"derp_policies">;

export async function findPolicy(ctx: Context, leaseId: string): Promise<PolicyRow | undefined> {
  return ctx.db.selectFrom("derp_policies").selectAll().where("lease_id", "=", leaseId).executeTakeFirst();
}

export async function savePolicy(ctx: Context, row: PolicyRow): Promise<void> {
  const { lease_id: _, ...change } = row;
  await ctx.db
    .insertInto("derp_policies")
    .values(row)
    .onConflict((conflict) => conflict.column("lease_id").doUpdateSet(change))
    .execute();
}

export async function deletePolicy(ctx: Context, leaseId: string): Promise<void> {
  await ctx.db.deleteFrom("derp_policies").where("lease_id", "=", leaseId).execute();
}
