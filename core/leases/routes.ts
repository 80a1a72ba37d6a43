import { leases as api, type ReplyOf } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { type DeviceRow, findDevices, findKnocks } from "../devices/index.ts";
import { serveBatch } from "../platform/batch.ts";
import { type Handler, serve } from "../platform/http.ts";
import { endLease, resumeLease, suspendLease } from "./change.ts";
import { addDevice, removeDevice } from "./devices.ts";
import { countLeases, findLeases } from "./list-store.ts";
import { getVisibleLease } from "./store.ts";
import { showLease, usedByDevice } from "./views.ts";

type Device = ReplyOf<typeof api.addDevice>;

function toDevice(row: DeviceRow, used: ReadonlyMap<string, bigint>): Device {
  return {
    id: row.id as Device["id"],
    leaseId: row.lease_id as Device["leaseId"],
    name: row.name,
    key: row.key,
    usedBytes: (used.get(row.id) ?? 0n).toString(),
    createdAt: row.created_at.toISOString(),
  };
}

const suspend: Handler<typeof api.suspendLease> = async (ctx, { leaseId, reason }) => {
  await suspendLease(ctx, leaseId, { why: "staff", reason });
  return showLease(ctx, leaseId);
};

const resume: Handler<typeof api.resumeLease> = async (ctx, { leaseId }) => {
  await resumeLease(ctx, leaseId, "staff resumed it");
  return showLease(ctx, leaseId);
};

export function leaseRoutes(app: FastifyInstance): void {
  serve(app, api.listLeases, findLeases);
  serve(app, api.countLeases, countLeases);
  serve(app, api.getLease, (ctx, { leaseId }) => showLease(ctx, leaseId));
  serve(app, api.suspendLease, suspend);
  serveBatch(app, api.suspendLeases, suspend);
  serve(app, api.resumeLease, resume);
  serveBatch(app, api.resumeLeases, resume);
  serve(app, api.endLease, async (ctx, { leaseId, reason }) => {
    await endLease(ctx, leaseId, { event: "end", reason });
    return showLease(ctx, leaseId);
  });
  serve(app, api.listDevices, async (ctx, { leaseId }) => {
    await getVisibleLease(ctx, leaseId);
    const used = await usedByDevice(ctx, leaseId);
    return { items: (await findDevices(ctx, leaseId)).map((row) => toDevice(row, used)) };
  });
  serve(app, api.addDevice, async (ctx, input) => {
    const row = await addDevice(ctx, input);
    return toDevice(row, await usedByDevice(ctx, input.leaseId));
  });
  serve(app, api.removeDevice, async (ctx, { leaseId, deviceId }) => {
    await removeDevice(ctx, leaseId, deviceId);
    return { removed: true as const };
  });
  serve(app, api.listKnocks, async (ctx, { leaseId }) => {
    await getVisibleLease(ctx, leaseId);
    const items = (await findKnocks(ctx, leaseId)).map((row) => ({
      key: row.key,
      instanceId: row.instance_id,
      address: row.address,
      firstAt: row.first_at.toISOString(),
      lastAt: row.last_at.toISOString(),
      count: row.count.toString(),
    }));
    return { items };
  });
}
