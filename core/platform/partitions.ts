import { dayMs } from "@berth/kit";
import { sql } from "kysely";
import { type Context, transaction } from "./context.ts";

/** A table of rows by day, of which only the last days are kept. */
export interface DailyTable {
  readonly of: string;
  readonly keepDays: number;
}

/** Until when each database is known to have the partitions of a table. */
const known = new WeakMap<Context["keys"], Map<string, number>>();

/** Makes sure that rows of this moment have a place, without asking the database each time. */
export async function ensureDays(ctx: Context, table: DailyTable): Promise<void> {
  const untilMs = known.get(ctx.keys) ?? new Map<string, number>();
  known.set(ctx.keys, untilMs);
  const nowMs = ctx.now().getTime();
  if ((untilMs.get(table.of) ?? 0) > nowMs) return;
  await keepDays(ctx, table);
  untilMs.set(table.of, startOfDay(nowMs, 2));
}

/** Makes the partitions of today and the next two days, and drops those whose time is over. UTC. */
export async function keepDays(ctx: Context, { of, keepDays: days }: DailyTable): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await sql`select pg_advisory_xact_lock(hashtext(${`partitions of ${of}`}))`.execute(ctx.db);
    const present = await partitionsOf(ctx, of);
    const nowMs = ctx.now().getTime();
    for (const ahead of [0, 1, 2]) {
      const [from, to] = [startOfDay(nowMs, ahead), startOfDay(nowMs, ahead + 1)];
      const name = nameOf(of, from);
      if (present.includes(name)) continue;
      await sql`create table if not exists ${sql.table(name)} partition of ${sql.table(of)}
        for values from (${sql.lit(toText(from))}) to (${sql.lit(toText(to))})`.execute(ctx.db);
    }
    const oldest = nameOf(of, startOfDay(nowMs, -days));
    for (const name of present) if (name < oldest) await sql`drop table if exists ${sql.table(name)}`.execute(ctx.db);
  });
}

const toText = (ms: number) => new Date(ms).toISOString();
const startOfDay = (ms: number, ahead: number) => (Math.floor(ms / dayMs) + ahead) * dayMs;
const nameOf = (of: string, fromMs: number) => `${of}_${toText(fromMs).slice(0, 10).replaceAll("-", "")}`;

async function partitionsOf(ctx: Context, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid
    where inhparent = ${table}::regclass`.execute(ctx.db);
  return rows.map(({ name }) => name);
}
