import type { metering as api, InputOf, ReplyOf } from "@berth/api";
import { dayMs, Refusal } from "@berth/kit";
import { getVisibleLease, type LeaseRow, resetsAt } from "../leases/index.ts";
import type { Context } from "../platform/context.ts";
import { readBytesSince, readDeviceNames, readPresence, readSeries } from "./lease-usage-store.ts";
import { bucketsOf, type Gap, gapAt, mergeGaps, runsOutAt, stepMs, usualMs } from "./series.ts";

type Reply = ReplyOf<typeof api.getLeaseUsage>;
type Series = Awaited<ReturnType<typeof readSeries>>;

const most = 1_000;
const mostDevices = 20;
const paceMs = 7 * dayMs;

/** What screens show of a lease's traffic. */
export async function showLeaseUsage(ctx: Context, input: InputOf<typeof api.getLeaseUsage>): Promise<Reply> {
  const lease = await getVisibleLease(ctx, input.leaseId);
  const { step } = input;
  const nowMs = ctx.now().getTime();
  const toMs = input.to ? Date.parse(input.to) : nowMs;
  const fromMs = input.from ? Date.parse(input.from) : toMs - usualMs[step];
  if ((toMs - fromMs) / stepMs[step] > most) {
    throw new Refusal("invalid", "metering.too_many_buckets", `more than ${most} buckets; ask for less`);
  }
  const buckets = bucketsOf(step, { fromMs, toMs });
  const span = { fromMs: buckets[0] ?? fromMs, toMs: (buckets.at(-1) ?? toMs) + stepMs[step] };
  const rows = await readSeries(ctx, lease.id, step, span);
  const present = await readPresence(ctx, lease.id, { fromMs: span.fromMs, toMs: Math.min(span.toMs, nowMs) });
  const total = sumByBucket(rows);
  const gaps = buckets.map((at) => {
    return total.has(at) ? undefined : gapAt(at, { step, nowMs, beganMs: lease.starts_at.getTime(), present });
  });
  return {
    step,
    at: buckets.map(toText),
    total: toBytes(buckets, gaps, total),
    totalBytes: sumOf(total).toString(),
    devices: toDevices(rows, { buckets, gaps, names: await readDeviceNames(ctx, lease.id) }),
    gaps: mergeGaps(step, buckets, gaps).map(({ fromMs, toMs, why }) => ({
      from: toText(fromMs),
      to: toText(toMs),
      why,
    })),
    rate: await rateOf(ctx, lease.id),
    quota: await quotaOf(ctx, lease),
  };
}

const toText = (ms: number) => new Date(ms).toISOString();

type ByBucket = ReadonlyMap<number, bigint>;

function sumByBucket(rows: Series): ByBucket {
  const sums = new Map<number, bigint>();
  for (const { bucket, bytes } of rows) {
    sums.set(bucket.getTime(), (sums.get(bucket.getTime()) ?? 0n) + BigInt(bytes));
  }
  return sums;
}

const sumOf = (sums: ByBucket) => [...sums.values()].reduce((sum, bytes) => sum + bytes, 0n);

function toBytes(buckets: readonly number[], gaps: readonly (Gap | undefined)[], sums: ByBucket): (string | null)[] {
  return buckets.map((at, index) => (gaps[index] ? null : (sums.get(at) ?? 0n).toString()));
}

interface Frame {
  readonly buckets: readonly number[];
  readonly gaps: readonly (Gap | undefined)[];
  readonly names: ReadonlyMap<string, string>;
}

function toDevices(rows: Series, { buckets, gaps, names }: Frame): Reply["devices"] {
  const devices = [...Map.groupBy(rows, ({ subject }) => subject)].map(([subject, own]) => {
    const sums = sumByBucket(own);
    return { subject, sums, sum: sumOf(sums) };
  });
  devices.sort((a, b) => (a.sum === b.sum ? (a.subject < b.subject ? -1 : 1) : a.sum < b.sum ? 1 : -1));
  return devices.slice(0, mostDevices).map(({ subject, sums, sum }) => ({
    deviceId: subject || null,
    name: names.get(subject) ?? null,
    bytes: toBytes(buckets, gaps, sums),
    totalBytes: sum.toString(),
  }));
}

/** Of the present 5 minutes and those before: counters come in by the second, but are kept no finer. */
async function rateOf(ctx: Context, leaseId: string): Promise<Reply["rate"]> {
  const [nowMs, size] = [ctx.now().getTime(), stepMs["5m"]];
  const fromMs = Math.floor(nowMs / size) * size - size;
  const overSeconds = Math.max(1, Math.round((nowMs - fromMs) / 1_000));
  const bytes = await readBytesSince(ctx, leaseId, "5m", fromMs);
  return { bytesPerSecond: Math.round(Number(bytes) / overSeconds), overSeconds };
}

async function quotaOf(ctx: Context, lease: LeaseRow): Promise<Reply["quota"]> {
  const { traffic_bytes, used_bytes, period_from, until } = lease;
  const left = traffic_bytes === null ? null : traffic_bytes > used_bytes ? traffic_bytes - used_bytes : 0n;
  const resets = resetsAt(lease);
  const end = (resets ?? until).getTime();
  return {
    trafficBytes: traffic_bytes?.toString() ?? null,
    usedBytes: used_bytes.toString(),
    leftBytes: left?.toString() ?? null,
    periodFrom: period_from.toISOString(),
    resetsAt: resets?.toISOString() ?? null,
    runsOutAt: left === null ? null : await runOut(ctx, lease, { left, end }),
  };
}

async function runOut(ctx: Context, lease: LeaseRow, { left, end }: { left: bigint; end: number }) {
  const nowMs = ctx.now().getTime();
  const fromMs = Math.max(lease.starts_at.getTime(), nowMs - paceMs);
  // Whole hours, and the first one from its beginning.
  const hourFrom = Math.floor(fromMs / stepMs.hour) * stepMs.hour;
  const pace = { bytes: await readBytesSince(ctx, lease.id, "hour", hourFrom), ms: nowMs - fromMs };
  const atMs = runsOutAt(left, pace, { nowMs, endMs: end });
  return atMs === undefined ? null : toText(atMs);
}
