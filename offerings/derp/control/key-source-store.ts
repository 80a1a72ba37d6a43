import type { Context } from "@berth/core/platform/context";
import type { Row } from "@berth/core/platform/rows";

export type KeySourceRow = Row<"derp_key_sources">;

export async function findKeySource(ctx: Context, leaseId: string): Promise<KeySourceRow | undefined> {
  return ctx.db.selectFrom("derp_key_sources").selectAll().where("lease_id", "=", leaseId).executeTakeFirst();
}

/** Writes a source over the one that was there; what came from that one is from this one now. */
export async function saveKeySource(ctx: Context, row: KeySourceRow): Promise<void> {
  const { lease_id: _, ...change } = row;
  await ctx.db
    .insertInto("derp_key_sources")
    .values(row)
    .onConflict((conflict) => conflict.column("lease_id").doUpdateSet(change))
    .execute();
}

/** False where it was replaced or removed since it was read: what was found out is about another one. */
export async function updateKeySource(
  ctx: Context,
  { lease_id, changed_at }: Pick<KeySourceRow, "lease_id" | "changed_at">,
  change: Partial<KeySourceRow>,
): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("derp_key_sources")
    .set(change)
    .where("lease_id", "=", lease_id)
    .where("changed_at", "=", changed_at)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** True when there was one. */
export async function deleteKeySource(ctx: Context, leaseId: string): Promise<boolean> {
  const { numDeletedRows } = await ctx.db
    .deleteFrom("derp_key_sources")
    .where("lease_id", "=", leaseId)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

export async function dueKeySources(ctx: Context, limit: number): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("derp_key_sources")
    .select("lease_id")
    .where("due_at", "<=", ctx.now())
    .orderBy("due_at")
    .limit(limit)
    .execute();
  return rows.map(({ lease_id }) => lease_id);
}

export async function findSynced(ctx: Context, leaseId: string): Promise<ReadonlySet<string>> {
  const rows = await ctx.db
    .selectFrom("derp_synced_devices")
    .select("device_id")
    .where("lease_id", "=", leaseId)
    .execute();
  return new Set(rows.map(({ device_id }) => device_id));
}

/** Notes which devices came from a lease's source, and that all others did not. */
export async function saveSynced(ctx: Context, leaseId: string, deviceIds: readonly string[]): Promise<void> {
  await ctx.db.deleteFrom("derp_synced_devices").where("lease_id", "=", leaseId).execute();
  if (deviceIds.length === 0) return;
  const rows = deviceIds.map((device_id) => ({ lease_id: leaseId, device_id }));
  await ctx.db.insertInto("derp_synced_devices").values(rows).execute();
}
