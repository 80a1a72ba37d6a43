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

export async function insertDownload(ctx: Context, download: Omit<Row<"derp_downloads">, "id">): Promise<void> {
  await ctx.db.insertInto("derp_downloads").values(download).execute();
}
