import { newId } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";
import { usedMs } from "./api-key.ts";

export type KeyRow = Row<"api_keys">;

/** An id for a key that is about to be made: its hash covers it. */
export function newKeyId(ctx: Context): string {
  return newId("key", ctx.now());
}

export async function insertKey(ctx: Context, key: Omit<KeyRow, "last_used_at" | "revoked_at">): Promise<KeyRow> {
  return ctx.db.insertInto("api_keys").values(key).returningAll().executeTakeFirstOrThrow();
}

/** How many of an account's keys are good now. */
export async function countLiveKeys(ctx: Context, accountId: string): Promise<number> {
  const { live } = await ctx.db
    .selectFrom("api_keys as k")
    .innerJoin("accounts as a", "a.id", "k.account_id")
    .select((eb) => eb.fn.countAll<bigint>().as("live"))
    .where("k.account_id", "=", accountId)
    .where("k.revoked_at", "is", null)
    .where("k.expires_at", ">", ctx.now())
    .where((eb) => eb.or([eb("a.keys_from", "is", null), eb("k.created_at", ">", eb.ref("a.keys_from"))]))
    .executeTakeFirstOrThrow();
  return Number(live);
}

/** Nothing when the account has no such key. Safe to repeat: the first time counts. */
export async function revokeKeyRow(ctx: Context, accountId: string, keyId: string) {
  const key = await ctx.db
    .selectFrom("api_keys")
    .selectAll()
    .where("id", "=", keyId)
    .where("account_id", "=", accountId)
    .forUpdate()
    .executeTakeFirst();
  if (!key || key.revoked_at) return { key, isRevoked: false };
  const revoked = ctx.db.updateTable("api_keys").set({ revoked_at: ctx.now() }).where("id", "=", keyId);
  return { key: await revoked.returningAll().executeTakeFirstOrThrow(), isRevoked: true };
}

/** Notes a use, once a minute however many there are. */
export async function noteUse(ctx: Context, keyId: string): Promise<void> {
  const now = ctx.now();
  await ctx.db
    .updateTable("api_keys")
    .set({ last_used_at: now })
    .where("id", "=", keyId)
    .where((eb) => eb.or([eb("last_used_at", "is", null), eb("last_used_at", "<=", new Date(now.getTime() - usedMs))]))
    .execute();
}
