import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";

export type DeviceRow = Row<"devices">;

export async function findDevice(ctx: Context, leaseId: string, key: string): Promise<DeviceRow | undefined> {
  return liveDevices(ctx, leaseId).where("key", "=", key).executeTakeFirst();
}

/** The devices that may use a lease now, oldest first. */
export async function findDevices(ctx: Context, leaseId: string): Promise<DeviceRow[]> {
  return liveDevices(ctx, leaseId).orderBy("created_at").orderBy("id").execute();
}

/** Of several leases at once, for what is sent to a node. */
export async function findDevicesOf(ctx: Context, leaseIds: readonly string[]): Promise<DeviceRow[]> {
  if (leaseIds.length === 0) return [];
  return ctx.db
    .selectFrom("devices")
    .selectAll()
    .where("lease_id", "in", leaseIds)
    .where("removed_at", "is", null)
    .orderBy("id")
    .execute();
}

const liveDevices = (ctx: Context, leaseId: string) =>
  ctx.db.selectFrom("devices").selectAll().where("lease_id", "=", leaseId).where("removed_at", "is", null);

export async function insertDevice(ctx: Context, device: DeviceRow): Promise<void> {
  await ctx.db.insertInto("devices").values(device).execute();
}

export async function renameDevice(ctx: Context, deviceId: string, name: string): Promise<void> {
  await ctx.db.updateTable("devices").set({ name }).where("id", "=", deviceId).execute();
}

/** True when it was there and is now removed. */
export async function markRemoved(ctx: Context, leaseId: string, deviceId: string): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("devices")
    .set({ removed_at: ctx.now() })
    .where("id", "=", deviceId)
    .where("lease_id", "=", leaseId)
    .where("removed_at", "is", null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export type KnockRow = Row<"knocks">;

/** Counts a knock of a key that is not registered; of one lease the 100 newest keys are kept. */
export async function saveKnock(ctx: Context, knock: Omit<KnockRow, "first_at" | "count">): Promise<void> {
  // A knock may arrive later than what was done about it.
  if (await findDevice(ctx, knock.lease_id, knock.key)) return;
  await ctx.db
    .insertInto("knocks")
    .values({ ...knock, first_at: knock.last_at, count: 1n })
    .onConflict((conflict) =>
      conflict.columns(["lease_id", "key"]).doUpdateSet((eb) => ({
        last_at: sql`greatest(knocks.last_at, excluded.last_at)`,
        address: eb.ref("excluded.address"),
        instance_id: eb.ref("excluded.instance_id"),
        count: sql`knocks.count + 1`,
      })),
    )
    .execute();
  await sql`delete from knocks where lease_id = ${knock.lease_id} and key in (
    select key from knocks where lease_id = ${knock.lease_id} order by last_at desc offset 100)`.execute(ctx.db);
}

export async function deleteKnock(ctx: Context, leaseId: string, key: string): Promise<void> {
  await ctx.db.deleteFrom("knocks").where("lease_id", "=", leaseId).where("key", "=", key).execute();
}

export async function findKnocks(ctx: Context, leaseId: string): Promise<KnockRow[]> {
  return ctx.db.selectFrom("knocks").selectAll().where("lease_id", "=", leaseId).orderBy("last_at", "desc").execute();
}
