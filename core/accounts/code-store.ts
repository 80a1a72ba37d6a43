import { randomInt, timingSafeEqual } from "node:crypto";
import { newId } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { codeMs, mostTries } from "./account.ts";

/** Six digits to be mailed. */
export interface MailedCode {
  readonly text: string;
  readonly goodUntil: Date;
}

/** What a code for signing up confirms: this name, with the password of this hash. */
export interface Confirmed {
  readonly username: string;
  readonly passwordHash: string;
}

/** As many as one address gets by mail while a code lives, and one that waits. */
const mostCodes = 4;

const purposeHash = (ctx: Context, purpose: string) => ctx.keys.blindIndex("mailed_codes|purpose", purpose);
const codeHash = (ctx: Context, purpose: string, code: string) => ctx.keys.hash("accounts.code", `${purpose} ${code}`);

/**
 * A code for one purpose, beside those that were mailed before: whoever asks again and again makes no mailed one useless.
 * `replacesNewest`: the one before was never mailed.
 */
export async function makeCode(
  ctx: Context,
  purpose: string,
  { replacesNewest, confirms }: { replacesNewest: boolean; confirms?: Confirmed | undefined },
): Promise<MailedCode> {
  const now = ctx.now();
  const text = String(randomInt(1_000_000)).padStart(6, "0");
  const goodUntil = new Date(now.getTime() + codeMs);
  const hash = purposeHash(ctx, purpose);
  const former = await ctx.db
    .selectFrom("mailed_codes")
    .select("id")
    .where("purpose", "=", hash)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .forUpdate()
    .execute();
  const kept = former.slice(replacesNewest ? 1 : 0).slice(0, mostCodes - 1);
  const gone = former.filter((row) => !kept.includes(row)).map(({ id }) => id);
  if (gone.length > 0) await ctx.db.deleteFrom("mailed_codes").where("id", "in", gone).execute();
  const id = newId("code", now);
  const row = { id, purpose: hash, code_hash: codeHash(ctx, purpose, text), created_at: now, expires_at: goodUntil };
  const confirmed = { username: confirms?.username ?? null, password: confirms?.passwordHash ?? null };
  await ctx.db
    .insertInto("mailed_codes")
    .values({ ...row, ...confirmed })
    .execute();
  return { text, goodUntil };
}

/** What a code would confirm now. Nothing is spent and nothing counts: for what has to be done before the transaction. */
export async function findConfirmed(ctx: Context, purpose: string, code: string): Promise<Confirmed | undefined> {
  const row = await ctx.db
    .selectFrom("mailed_codes")
    .select(["username", "password"])
    .where("purpose", "=", purposeHash(ctx, purpose))
    .where("code_hash", "=", codeHash(ctx, purpose, code))
    .where("expires_at", ">", ctx.now())
    .orderBy("id", "desc")
    .executeTakeFirst();
  return row?.username && row.password ? { username: row.username, passwordHash: row.password } : undefined;
}

/**
 * True once, for any code that is good: all of the purpose are spent with it. A wrong one counts as a try of each: let the
 * transaction commit.
 */
export async function spendCode(ctx: Context, purpose: string, code: string): Promise<boolean> {
  const good = await ctx.db
    .selectFrom("mailed_codes")
    .select(["id", "code_hash", "tries"])
    .where("purpose", "=", purposeHash(ctx, purpose))
    .where("expires_at", ">", ctx.now())
    .orderBy("id")
    .forUpdate()
    .execute();
  const given = codeHash(ctx, purpose, code);
  if (good.some((row) => timingSafeEqual(row.code_hash, given))) {
    await forgetCodes(ctx, purpose);
    return true;
  }
  const spent = good.filter(({ tries }) => tries + 1 >= mostTries).map(({ id }) => id);
  const left = good.filter(({ id }) => !spent.includes(id)).map(({ id }) => id);
  if (spent.length > 0) await ctx.db.deleteFrom("mailed_codes").where("id", "in", spent).execute();
  if (left.length > 0) {
    const more = ctx.db.updateTable("mailed_codes").set((eb) => ({ tries: eb("tries", "+", 1) }));
    await more.where("id", "in", left).execute();
  }
  return false;
}

/** No code for this purpose works any more. */
export async function forgetCodes(ctx: Context, purpose: string): Promise<void> {
  await ctx.db.deleteFrom("mailed_codes").where("purpose", "=", purposeHash(ctx, purpose)).execute();
}
