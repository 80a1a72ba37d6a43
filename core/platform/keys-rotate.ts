import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import { type Context, transaction } from "./context.ts";
import { markOf, masterFingerprint } from "./keys.ts";
import type { Masters } from "./keys-master.ts";
import {
  insertKeys,
  insertWraps,
  keyringChannel,
  loadKeys,
  lockKeyring,
  makeKey,
  publishMs,
  wrappingMasters,
} from "./keys-ring.ts";
import { notify } from "./notify.ts";

/** Makes a new key for each field; it seals from `afterMs` on, and the keys before it go on opening. Returns the ids. */
export async function rotateDataKeys(
  ctx: Context,
  masters: Masters,
  { fields, afterMs = publishMs }: { fields?: readonly string[]; afterMs?: number } = {},
): Promise<string[]> {
  return change(ctx, async (ctx) => {
    const rows = await ctx.db.selectFrom("data_keys").select("field").distinct().where("use", "=", "seal").execute();
    const wanted = rows.map(({ field }) => field).filter((field) => fields?.includes(field) ?? true);
    const at = ctx.now();
    const keys = wanted.map((field) => makeKey(field, new Date(at.getTime() + afterMs)));
    const wrapping = await wrappingMasters(ctx.db, await masters.read());
    if (!wrapping) {
      const message = "the master key is being replaced, and not both of them are here";
      throw new Refusal("conflict", "keys.master_changing", message);
    }
    if (keys.length > 0) await insertKeys(ctx.db, keys, { wrapping, at });
    return keys.map(({ id }) => id);
  });
}

/**
 * Replaces the master key: every data key is wrapped by the next one as well, then the next one becomes the present one.
 * Both open until `forgetMasters`, so nobody has to hurry. Safe to repeat when it was cut off. Returns the fingerprint.
 */
export async function rotateMaster(ctx: Context, masters: Masters): Promise<string> {
  const next = await masters.prepareNext();
  await change(ctx, async ({ db }) => {
    await insertWraps(db, await loadKeys(db, await masters.read()), next);
  });
  // Only now: a start in between finds whichever master key is in place among those that open.
  await masters.promote();
  await transaction(ctx, (ctx) => notify(ctx, keyringChannel, ""));
  return masterFingerprint(next);
}

/** Lets only the newest master key open the keyring from now on. Every replica must have it: none starts without it. */
export async function forgetMasters(ctx: Context, masters: Masters): Promise<void> {
  await change(ctx, async ({ db }) => {
    const kept = masterFingerprint(await masters.newest());
    const unwrapped = await db
      .selectFrom("data_keys as d")
      .leftJoin("key_wraps as w", (join) => join.onRef("w.key_id", "=", "d.id").on("w.master", "=", kept))
      .select("d.id")
      .where("w.key_id", "is", null)
      .executeTakeFirst();
    if (unwrapped) throw new Refusal("conflict", "keys.not_wrapped", `key ${unwrapped.id} is not wrapped by it yet`);
    await db.deleteFrom("key_wraps").where("master", "<>", kept).execute();
  });
  await masters.settle();
}

/** Notes that nothing is sealed with these keys any more. They still open. */
export async function retireKeys(ctx: Context, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const at = ctx.now();
  await ctx.db.updateTable("data_keys").set({ retired_at: at }).where("id", "in", ids).execute();
}

/** Destroys a retired key: what it sealed, in backups too, opens never again. Refused while anything here needs it. */
export async function dropKey(ctx: Context, keyId: string): Promise<void> {
  await change(ctx, async (ctx) => {
    const row = await ctx.db.selectFrom("data_keys").selectAll().where("id", "=", keyId).executeTakeFirst();
    if (!row) throw new Refusal("not_found", "keys.no_such_key", `no key ${keyId}`);
    if (!row.retired_at) throw new Refusal("conflict", "keys.not_retired", `key ${keyId} is not retired yet`);
    const user = row.use === "seal" ? await findUse(ctx, markOf(keyId)) : undefined;
    if (user) throw new Refusal("conflict", "keys.in_use", `${user} still holds values that key ${keyId} sealed`);
    await ctx.db.deleteFrom("data_keys").where("id", "=", keyId).execute();
  });
}

/** A column, of all there are, that holds a value with this beginning: not every sealed column is one that is known. */
export async function findUse(ctx: Context, mark: Buffer): Promise<string | undefined> {
  const columns = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and data_type = 'bytea'`.execute(ctx.db);
  for (const { table, column } of columns.rows) {
    const found = await sql`
      select 1 from ${sql.table(table)} where substring(${sql.ref(column)} from 1 for ${mark.length}) = ${mark} limit 1`.execute(
      ctx.db,
    );
    if (found.rows.length > 0) return `${table}.${column}`;
  }
  return undefined;
}

export type KeyState = "next" | "sealing" | "opening" | "retired";

/** What is known of each key, newest first; never the keys themselves. */
export async function describeKeys(ctx: Context) {
  const rows = await ctx.db.selectFrom("data_keys").selectAll().orderBy("seals_from", "desc").execute();
  const due = rows.filter(({ seals_from, use }) => seals_from <= ctx.now() && use !== "legacy");
  const present = new Set(
    [...Map.groupBy(due, ({ use, field }) => `${use} ${field}`).values()].map(([first]) => first),
  );
  return rows.map((row) => ({
    id: row.id,
    field: row.field,
    use: row.use,
    state: stateOf(row, { isNext: row.seals_from > ctx.now(), isPresent: present.has(row) }),
    createdAt: row.created_at,
    sealsFrom: row.seals_from,
  }));
}

function stateOf(row: { retired_at: Date | null }, is: { isNext: boolean; isPresent: boolean }): KeyState {
  if (row.retired_at) return "retired";
  if (is.isNext) return "next";
  return is.isPresent ? "sealing" : "opening";
}

/** Fingerprints of the master keys that open the keyring. */
export async function openingMasters(ctx: Context): Promise<string[]> {
  const rows = await ctx.db.selectFrom("key_wraps").select("master").distinct().orderBy("master").execute();
  return rows.map(({ master }) => master);
}

/** A change of the keyring, alone and announced with its commit. */
async function change<T>(ctx: Context, work: (ctx: Context) => Promise<T>): Promise<T> {
  return transaction(ctx, async (ctx) => {
    await lockKeyring(ctx.db);
    const result = await work(ctx);
    await notify(ctx, keyringChannel, "");
    return result;
  });
}
