import { randomInt, timingSafeEqual } from "node:crypto";
import { newId } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { codeMs, mostTries } from "./account.ts";

/** Six digits to be mailed. */
export function newCode(): string {
  return String(randomInt(1_000_000)).padStart(6, "0");
}

const hashOf = (ctx: Context, identifier: string, code: string) =>
  ctx.keys.hash("accounts.code", `${identifier} ${code}`);

/** Keeps a code for one purpose, in place of any earlier one: its keyed hash and the tries so far. */
export async function insertCode(ctx: Context, identifier: string, code: string): Promise<void> {
  const now = ctx.now();
  await ctx.db.deleteFrom("verifications").where("identifier", "=", identifier).execute();
  await ctx.db
    .insertInto("verifications")
    .values({
      id: newId("verification", now),
      identifier,
      value: `${hashOf(ctx, identifier, code).toString("hex")}:0`,
      expires_at: new Date(now.getTime() + codeMs),
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** True once, for the right code. A wrong one counts as a try: let the transaction commit. */
export async function spendCode(ctx: Context, identifier: string, code: string): Promise<boolean> {
  const kept = await ctx.db
    .selectFrom("verifications")
    .select(["id", "value"])
    .where("identifier", "=", identifier)
    .where("expires_at", ">", ctx.now())
    .forUpdate()
    .executeTakeFirst();
  if (!kept) return false;
  const [hash = "", tries = "0"] = kept.value.split(":");
  const isRight = timingSafeEqual(Buffer.from(hash, "hex"), hashOf(ctx, identifier, code));
  const isSpent = isRight || Number(tries) + 1 >= mostTries;
  if (isSpent) await ctx.db.deleteFrom("verifications").where("id", "=", kept.id).execute();
  else {
    const value = `${hash}:${Number(tries) + 1}`;
    await ctx.db.updateTable("verifications").set({ value, updated_at: ctx.now() }).where("id", "=", kept.id).execute();
  }
  return isRight;
}
