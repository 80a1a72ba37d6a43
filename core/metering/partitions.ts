import { dayMs, hourMs } from "@berth/kit";
import { type Context, transaction } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { createPartition, dropPartition, lockPartitions, partitionsOf } from "./store.ts";

type Span = "day" | "month" | "year";

/** How detail is cut into partitions and how long it stays; daily figures stay for ever. */
const tables: readonly { of: string; span: Span; keepDays?: number }[] = [
  { of: "usage_5m", span: "day", keepDays: 7 },
  { of: "usage_hourly", span: "month", keepDays: 90 },
  { of: "usage_daily", span: "year" },
];

/** The start of the span around a moment, moved by whole spans. UTC. */
export function startOf(span: Span, at: Date, offset = 0): Date {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  if (span === "year") return new Date(Date.UTC(year + offset, 0, 1));
  if (span === "month") return new Date(Date.UTC(year, month + offset, 1));
  return new Date(Date.UTC(year, month, day + offset));
}

const nameOf = (of: string, from: Date) => `${of}_${from.toISOString().slice(0, 10).replaceAll("-", "")}`;

/** Makes the partitions of now and the next two spans, and drops those whose time is over. */
export async function keepPartitions(ctx: Context): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await lockPartitions(ctx);
    const now = ctx.now();
    for (const { of, span, keepDays } of tables) {
      const present = await partitionsOf(ctx, of);
      for (const offset of [0, 1, 2]) {
        const [from, to] = [startOf(span, now, offset), startOf(span, now, offset + 1)];
        const name = nameOf(of, from);
        if (!present.includes(name)) await createPartition(ctx, { of, name, from, to });
      }
      if (keepDays === undefined) continue;
      const oldest = nameOf(of, startOf(span, new Date(now.getTime() - keepDays * dayMs)));
      for (const name of present) if (name < oldest) await dropPartition(ctx, name);
    }
  });
}

export const partitionSweep: Sweep = { name: "metering.partitions", everyMs: hourMs, run: keepPartitions };

/** Until when each database is known to have its partitions. */
const known = new WeakMap<Context["keys"], number>();

/** Makes sure that usage of this moment has a place, without asking the database each time. */
export async function ensurePartitions(ctx: Context): Promise<void> {
  const now = ctx.now().getTime();
  if ((known.get(ctx.keys) ?? 0) > now) return;
  await keepPartitions(ctx);
  known.set(ctx.keys, now + dayMs);
}
