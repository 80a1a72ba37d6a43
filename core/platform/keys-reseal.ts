import { dayMs, minuteMs } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "./context.ts";
import { markOf } from "./keys.ts";
import type { Keyring } from "./keys-ring.ts";
import { describeKeys, findUse, retireKeys, rotateDataKeys } from "./keys-rotate.ts";
import type { Sweep } from "./sweeps.ts";

/**
 * A column of sealed values, declared by the slice that owns its table. The place of each is `table|column|key`, where `key`
 * is the row's primary key as text, in hexadecimal when it is bytes.
 */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The column of the primary key. */
  readonly key: string;
}

const fieldOf = ({ table, column }: SealedColumn) => `${table}|${column}`;

/** The fields of columns, for a keyring that gives each its own key. */
export const fieldsOf = (columns: readonly SealedColumn[]) => columns.map(fieldOf);

const batchSize = 200;
/** A transaction that sealed with the key before has ended by then, one way or the other. */
const settleMs = 2 * minuteMs;
const oldestMs = 90 * dayMs;

/** Seals rows anew whose value is not under the present key of its field. Returns how many could not be opened. */
export async function resealColumn(ctx: Context, column: SealedColumn): Promise<number> {
  let failed = 0;
  for (let after: unknown; ; ) {
    const rows = await staleRows(ctx, column, after);
    for (const row of rows) if (!(await resealRow(ctx, column, row))) failed += 1;
    if (rows.length < batchSize) return failed;
    after = rows.at(-1)?.key;
  }
}

interface SealedRow {
  readonly key: unknown;
  readonly sealed: Buffer;
}

async function staleRows(ctx: Context, column: SealedColumn, after: unknown): Promise<SealedRow[]> {
  const mark = ctx.keys.mark(fieldOf(column));
  const [key, value] = [sql.ref(column.key), sql.ref(column.column)];
  const { rows } = await sql<SealedRow>`
    select ${key} as key, ${value} as sealed from ${sql.table(column.table)}
    where substring(${value} from 1 for ${mark.length}) <> ${mark} ${after === undefined ? sql`` : sql`and ${key} > ${after}`}
    order by ${key} limit ${batchSize}`.execute(ctx.db);
  return rows;
}

/** False when the value does not open. A value that somebody changed meanwhile stays as they wrote it. */
async function resealRow(ctx: Context, column: SealedColumn, { key, sealed }: SealedRow): Promise<boolean> {
  const place = `${fieldOf(column)}|${Buffer.isBuffer(key) ? key.toString("hex") : key}`;
  let secret: Buffer;
  try {
    secret = ctx.keys.open(place, sealed);
  } catch (error) {
    ctx.log.error({ place, error: (error as Error).message }, "sealed value does not open");
    return false;
  }
  const value = sql.ref(column.column);
  await sql`update ${sql.table(column.table)} set ${value} = ${ctx.keys.seal(place, secret)}
    where ${sql.ref(column.key)} = ${key} and ${value} = ${sealed}`.execute(ctx.db);
  return true;
}

/** How far a column is: values under the present key, and all of them. */
export async function resealProgress(ctx: Context, column: SealedColumn): Promise<{ present: number; all: number }> {
  const mark = ctx.keys.mark(fieldOf(column));
  const value = sql.ref(column.column);
  const { rows } = await sql<{ present: bigint; all: bigint }>`
    select count(*) filter (where substring(${value} from 1 for ${mark.length}) = ${mark}) as present, count(${value}) as all
    from ${sql.table(column.table)}`.execute(ctx.db);
  return { present: Number(rows[0]?.present), all: Number(rows[0]?.all) };
}

/**
 * Brings every column under its present key, then retires the keys before it. Keys that are 90 days old are replaced by
 * themselves.
 */
export async function keepKeys(ctx: Context, keyring: Keyring, columns: readonly SealedColumn[]): Promise<void> {
  await keyring.reload();
  const clean = new Set<string>();
  for (const column of columns) {
    if ((await resealColumn(ctx, column)) > 0) continue;
    const { present, all } = await resealProgress(ctx, column);
    if (present === all) clean.add(fieldOf(column));
  }
  await retireSpent(ctx, clean, columns.length);
  await replaceAged(ctx, keyring);
}

async function retireSpent(ctx: Context, clean: ReadonlySet<string>, columns: number): Promise<void> {
  const keys = await describeKeys(ctx);
  const settledBy = new Date(ctx.now().getTime() - settleMs);
  const isSettled = (field: string) =>
    keys.some((key) => key.field === field && key.state === "sealing" && key.sealsFrom <= settledBy);
  const isSpent = async ({ id, use, field }: (typeof keys)[number]) => {
    // Values without a key's name may stand in any column.
    if (use === "legacy") return clean.size === columns && [...clean].every(isSettled);
    if (!isSettled(field)) return false;
    // What fields share a key for is not sealed anew: it does not live long.
    return field === "*" ? (await findUse(ctx, markOf(id))) === undefined : clean.has(field);
  };
  const spent: string[] = [];
  for (const key of keys) if (key.state === "opening" && (await isSpent(key))) spent.push(key.id);
  await retireKeys(ctx, spent);
  if (spent.length > 0) ctx.log.info({ keys: spent }, "keys retired");
}

async function replaceAged(ctx: Context, keyring: Keyring): Promise<void> {
  const before = new Date(ctx.now().getTime() - oldestMs);
  const keys = await describeKeys(ctx);
  const aged = keys.filter(({ state, createdAt }) => state === "sealing" && createdAt < before);
  const hasNext = (field: string) => keys.some((key) => key.field === field && key.state === "next");
  const fields = aged.filter(({ use, field }) => use === "seal" && !hasNext(field)).map(({ field }) => field);
  if (fields.length > 0) await rotateDataKeys(ctx, keyring.masters, { fields });
}

/** Runs once a minute, on one replica at a time. */
export function keySweep(keyring: Keyring, columns: readonly SealedColumn[]): Sweep {
  return { name: "keys.reseal", everyMs: minuteMs, run: (ctx) => keepKeys(ctx, keyring, columns) };
}
