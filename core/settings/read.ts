import type { Context } from "../platform/context.ts";
import { openSecret } from "./secret.ts";
import type { Setting } from "./setting.ts";
import { findSetting, findSettings } from "./store.ts";

type Row = NonNullable<Awaited<ReturnType<typeof findSetting>>>;

/**
 * What a setting is now. Asked of the database each time (one row by its key), so a change counts at once, on all replicas,
 * and a transaction sees one value.
 */
export async function readSetting<Value>(ctx: Context, declared: Setting<Value>): Promise<Value> {
  const row = await findSetting(ctx, declared.name);
  return row ? parseStored(ctx, declared, row) : declared.default;
}

/** The values of those that are set, by name; of all others the default counts. In one statement. */
export async function readSet(ctx: Context, declared: readonly Setting[]): Promise<ReadonlyMap<string, unknown>> {
  const rows = await findSettings(
    ctx,
    declared.map(({ name }) => name),
  );
  const named = new Map(declared.map((one) => [one.name, one]));
  return new Map(rows.map((row) => [row.name, parseStored(ctx, named.get(row.name) as Setting, row)]));
}

/** A stored value that no longer fits, as after an upgrade, gives way to the default. */
export function parseStored<Value>(ctx: Context, declared: Setting<Value>, row: Row): Value {
  const stored = row.sealed ? JSON.parse(openSecret(ctx, row.name, row.sealed).toString()) : row.value;
  const read = declared.schema.safeParse(stored);
  if (read.success) return read.data;
  ctx.log.warn({ setting: declared.name }, "setting does not fit, default used");
  return declared.default;
}
