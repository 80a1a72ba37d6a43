import { dayMs, hourMs } from "@berth/kit";
import { type Context, transaction } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { createPartition, dropPartition, lockPartitions, partitionsOf } from "./store.ts";

type Span = "day" | "month" | "year";

interface Table {
  readonly of: string;
  readonly span: Span;
  readonly keepDays?: number;
}

/** How detail is cut into partitions and how long it stays; daily figures stay for ever. */
const tables: readonly Table[] = [
  { of: "usage_5m", span: "day", keepDays: 7 },
  { of: "usage_hourly", span: "month", keepDays: 90 },
  { of: "usage_daily", span: "year" },
];

/** The start of the span around a moment, moved by whole spans. UTC. */
function startOf(span: Span, at: Date, offset = 0): Date {
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
    for (const table of tables) {
      const present = await partitionsOf(ctx, table.of);
      await addAhead(ctx, table, present);
      await dropOld(ctx, table, present);
    }
  });
}

async function addAhead(ctx: Context, { of, span }: Table, present: readonly string[]): Promise<void> {
  for (const offset of [0, 1, 2]) {
    const [from, to] = [startOf(span, ctx.now(), offset), startOf(span, ctx.now(), offset + 1)];
    const name = nameOf(of, from);
    if (!present.includes(name)) await createPartition(ctx, { of, name, from, to });
  }
}

async function dropOld(ctx: Context, { of, span, keepDays }: Table, present: readonly string[]): Promise<void> {
  if (keepDays === undefined) return;
  const oldest = nameOf(of, startOf(span, new Date(ctx.now().getTime() - keepDays * dayMs)));
  for (const name of present) if (name < oldest) await dropPartition(ctx, name);
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
