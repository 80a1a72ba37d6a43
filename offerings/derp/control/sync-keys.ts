import { record } from "@berth/core/audit";
import { type DeviceRow, findDevices } from "@berth/core/devices";
import { addDevice, findLease, lockVisibleLease, removeDevice } from "@berth/core/leases";
import { type Context, transaction } from "@berth/core/platform/context";
import { forEach, type Sweep } from "@berth/core/platform/sweeps";
import { minuteMs, Refusal, secondMs } from "@berth/kit";
import { openSecret } from "./key-source.ts";
import {
  deleteKeySource,
  dueKeySources,
  findKeySource,
  findSynced,
  type KeySourceRow,
  saveSynced,
  updateKeySource,
} from "./key-source-store.ts";
import { type Outside, readKeys, type SourceDevice, theInternet } from "./read-keys.ts";

const everyMs = 5 * minuteMs;
/** After failures it is asked less often: doubled so many times. */
const mostDoublings = 4;
const batch = 100;
/** A source that hangs takes fifteen seconds; it holds up few others. */
const atOnce = 8;

export const keySourceSweep: Sweep = {
  name: "derp.sync_keys",
  everyMs: 5 * secondMs,
  run: async (ctx) => {
    const due = (await dueKeySources(ctx, batch)).values();
    const work = async () => {
      for (const leaseId of due) await forEach(ctx, [leaseId], () => syncKeys(ctx, leaseId));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  },
};

/**
 * Makes a lease's devices those of its source: adds who is there, and removes whom it added and who is there no more. Devices
 * that somebody entered are nobody's but theirs. When the source can't be read nothing changes, and the lease says why.
 */
export async function syncKeys(ctx: Context, leaseId: string, outside: Outside = theInternet): Promise<void> {
  const [row, lease] = [await findKeySource(ctx, leaseId), await findLease(ctx, leaseId)];
  if (!row) return;
  if (!lease || lease.state === "expired" || lease.state === "ended") return void (await deleteKeySource(ctx, leaseId));
  // Not in the transaction: somebody else's server takes the time that it takes.
  const found = await readKeys(openSecret(ctx, leaseId, row.secret), outside).catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
  if (found instanceof Refusal) return noteFailure(ctx, row, found);
  await transaction(ctx, (ctx) => follow(ctx, row, found));
}

async function noteFailure(ctx: Context, row: KeySourceRow, { code, message }: Refusal): Promise<void> {
  const waitMs = everyMs * 2 ** Math.min(row.failures, mostDoublings);
  ctx.log.info({ leaseId: row.lease_id, code }, "key source not read");
  await updateKeySource(ctx, row, {
    failures: row.failures + 1,
    error_code: code,
    error_message: message,
    due_at: new Date(ctx.now().getTime() + waitMs),
  });
}

async function follow(ctx: Context, row: KeySourceRow, found: readonly SourceDevice[]): Promise<void> {
  const leaseId = row.lease_id;
  const { devices: most } = await lockVisibleLease(ctx, leaseId);
  const change = { synced_at: ctx.now(), failures: 0, error_code: null, error_message: null };
  const due_at = new Date(ctx.now().getTime() + everyMs);
  if (!(await updateKeySource(ctx, row, { ...change, due_at }))) return;
  const [present, synced] = [await findDevices(ctx, leaseId), await findSynced(ctx, leaseId)];
  const { gone, kept, fresh } = compare(found, present, synced);
  for (const device of gone) await removeDevice(ctx, leaseId, device.id);
  const room = most === null ? fresh.length : Math.max(0, most - (present.length - gone.length));
  const added: string[] = [];
  for (const { key, name } of fresh.slice(0, room)) {
    added.push((await addDevice(ctx, { leaseId: leaseId as `lease_${string}`, key, name })).id);
  }
  await saveSynced(ctx, leaseId, [...kept.map(({ id }) => id), ...added]);
  await updateKeySource(ctx, row, { left_out: fresh.length - added.length });
  if (gone.length + added.length === 0) return;
  await record(ctx, { name: "derp.keys_synced", leaseId, data: { added: added.length, removed: gone.length } });
}

/** What differs between a source and a lease. `synced`: the devices that came from the source before. */
function compare(found: readonly SourceDevice[], present: readonly DeviceRow[], synced: ReadonlySet<string>) {
  const [wanted, known] = [new Set(found.map(({ key }) => key)), new Set(present.map(({ key }) => key))];
  const ofSource = present.filter(({ id }) => synced.has(id));
  return {
    gone: ofSource.filter(({ key }) => !wanted.has(key)),
    kept: ofSource.filter(({ key }) => wanted.has(key)),
    fresh: found.filter(({ key }) => !known.has(key)),
  };
}
