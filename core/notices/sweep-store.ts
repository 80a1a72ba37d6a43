import { dayMs } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { windowMs } from "./mail.ts";
import type { MailRow } from "./store.ts";

/**
 * Lets mails be tried again whose sender died in the middle. Not before they have left the ten minutes that are counted:
 * perhaps the mail server had taken them over.
 */
export async function recoverLost(ctx: Context): Promise<void> {
  const lostAt = new Date(ctx.now().getTime() - windowMs);
  const lost = await ctx.db
    .selectFrom("mails")
    .select("id")
    .where("state", "=", "sending")
    .where("claimed_at", "<=", lostAt)
    .orderBy("created_at")
    .limit(500)
    .execute();
  for (const { id } of lost) {
    // A newer one for the same purpose waits already: the unique promise of the table says so.
    await sql`update mails set sent_with = null,
        state = case when exists (select from mails newer where newer.recipient = mails.recipient
          and newer.purpose = mails.purpose and newer.state = 'waiting') then 'dropped' else 'waiting' end
      where id = ${id} and state = 'sending' and claimed_at <= ${lostAt}`.execute(ctx.db);
  }
}

/** Addresses that mails wait for whose time has come, the longest waiting first. */
export async function findDue(ctx: Context, limit: number): Promise<Buffer[]> {
  const rows = await ctx.db
    .selectFrom("mails")
    .select("recipient")
    .where("state", "=", "waiting")
    .where("recipient", "is not", null)
    .where((eb) => eb.or([eb("next_try_at", "is", null), eb("next_try_at", "<=", ctx.now())]))
    .groupBy("recipient")
    .orderBy((eb) => eb.fn.min("created_at"))
    .limit(limit)
    .execute();
  return rows.flatMap(({ recipient }) => recipient ?? []);
}

/** Mails whose code is out of date and still stands in them. What is being sent is left alone. */
export async function findOutOfDate(ctx: Context, limit: number): Promise<MailRow[]> {
  return ctx.db
    .selectFrom("mails")
    .selectAll()
    .where("expires_at", "<=", ctx.now())
    .where("state", "<>", "sending")
    .where("content", "is not", null)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
}

/** Takes the code out of one. A mail that still waited is dropped: what it says is of no use. */
export async function saveBlanked(ctx: Context, mailId: string, content: Buffer): Promise<void> {
  await sql`update mails set content = ${content}, expires_at = null,
      state = case when state = 'waiting' then 'dropped' else state end
    where id = ${mailId} and state <> 'sending'`.execute(ctx.db);
}

export async function deleteOlderThan(ctx: Context, days: number): Promise<void> {
  await ctx.db
    .deleteFrom("mails")
    .where("created_at", "<=", new Date(ctx.now().getTime() - days * dayMs))
    .where("state", "not in", ["waiting", "sending"])
    .execute();
}
