import { newId, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import {
  type DeviceRow,
  deleteKnock,
  findDevice,
  findDevices,
  insertDevice,
  markRemoved,
  renameDevice,
} from "./store.ts";

export interface NewDevice {
  readonly accountId: string;
  readonly leaseId: string;
  readonly kind: string;
  readonly key: string;
  readonly name: string;
  /** How many the lease allows; null: as many as they like. */
  readonly most: number | null;
}

/** Registers a device with a lease whose row the caller holds locked. A registered key only gets its new name. */
export async function registerDevice(ctx: Context, device: NewDevice): Promise<{ row: DeviceRow; isNew: boolean }> {
  const { accountId, leaseId, kind, key, name, most } = device;
  const known = await findDevice(ctx, leaseId, key);
  if (known) {
    await renameDevice(ctx, known.id, name);
    return { row: { ...known, name }, isNew: false };
  }
  const present = await findDevices(ctx, leaseId);
  if (most !== null && present.length >= most) {
    throw new Refusal("conflict", "devices.too_many", `this lease allows ${most} devices; remove one first`, { most });
  }
  const now = ctx.now();
  const row: DeviceRow = {
    id: newId("device", now),
    account_id: accountId,
    lease_id: leaseId,
    kind,
    key,
    name,
    created_at: now,
    removed_at: null,
  };
  await insertDevice(ctx, row);
  await deleteKnock(ctx, leaseId, key);
  await record(ctx, { name: "devices.registered", accountId, leaseId, data: { deviceId: row.id } });
  return { row, isNew: true };
}

/** Takes a device's right away. */
export async function unregisterDevice(
  ctx: Context,
  { accountId, leaseId, deviceId }: { accountId: string; leaseId: string; deviceId: string },
): Promise<void> {
  if (!(await markRemoved(ctx, leaseId, deviceId))) {
    throw new Refusal("not_found", "devices.not_found", `no device ${deviceId} in this lease`);
  }
  await record(ctx, { name: "devices.removed", accountId, leaseId, data: { deviceId } });
}
