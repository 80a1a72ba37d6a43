import type { InputOf, leases } from "@berth/api";
import { Refusal } from "@berth/kit";
import { type DeviceRow, registerDevice, unregisterDevice } from "../devices/index.ts";
import { bumpRevision } from "../fleet/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { getOffering } from "../platform/offerings.ts";
import { instancesOf, updateInstance } from "./instance-store.ts";
import { lockVisibleLease } from "./store.ts";

/** Lets a device use a lease; its nodes hear of it when this commits. */
export async function addDevice(ctx: Context, input: InputOf<typeof leases.addDevice>): Promise<DeviceRow> {
  return transaction(ctx, async (ctx) => {
    const lease = await lockVisibleLease(ctx, input.leaseId);
    if (lease.state === "expired" || lease.state === "ended") {
      throw new Refusal("conflict", "leases.over", `this lease is ${lease.state}`);
    }
    const { row, isNew } = await registerDevice(ctx, {
      accountId: lease.account_id,
      leaseId: lease.id,
      kind: lease.kind,
      key: getOffering(ctx.offerings, lease.kind).parseDeviceKey(input.key),
      name: input.name,
      most: lease.devices,
    });
    if (isNew) await markChanged(ctx, lease.id);
    return row;
  });
}

/** Takes a device's right away; its open connections are closed by its nodes. */
export async function removeDevice(ctx: Context, leaseId: string, deviceId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const lease = await lockVisibleLease(ctx, leaseId);
    await unregisterDevice(ctx, { accountId: lease.account_id, leaseId, deviceId });
    await markChanged(ctx, lease.id);
  });
}

/** Sends a lease's instances to their nodes again, because what belongs to them changed. */
export async function markChanged(ctx: Context, leaseId: string): Promise<void> {
  for (const instance of await instancesOf(ctx, leaseId)) {
    await updateInstance(ctx, instance.id, { revision: await bumpRevision(ctx, instance.node_id) });
  }
}
