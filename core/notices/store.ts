import { newId } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { NewMail } from "./mail.ts";

export async function insertMail(ctx: Context, mail: NewMail): Promise<string> {
  const created_at = ctx.now();
  const id = newId("mail", created_at);
  await ctx.db
    .insertInto("mails")
    .values({
      id,
      account_id: mail.accountId ?? null,
      address: mail.address,
      kind: mail.kind,
      subject: mail.subject,
      body: mail.body,
      state: "waiting",
      created_at,
    })
    .execute();
  return id;
}

/** Counts one more try of a mail that still waits; nothing when its fate is settled. */
export async function beginAttempt(ctx: Context, mailId: string) {
  return ctx.db
    .updateTable("mails")
    .set({ attempts: sql<number>`attempts + 1` })
    .where("id", "=", mailId)
    .where("state", "=", "waiting")
    .returningAll()
    .executeTakeFirst();
}

/** Blanks the body as well: a mail that went out may hold a code, and nobody needs it here any more. */
export async function markSent(ctx: Context, mailId: string): Promise<void> {
  await ctx.db
    .updateTable("mails")
    .set({ state: "sent", body: "", error: null, sent_at: ctx.now() })
    .where("id", "=", mailId)
    .execute();
}

export async function markKept(ctx: Context, mailId: string): Promise<void> {
  await ctx.db
    .updateTable("mails")
    .set({ state: "kept" })
    .where("id", "=", mailId)
    .where("state", "=", "waiting")
    .execute();
}

export async function markFailed(ctx: Context, mailId: string, error: string): Promise<void> {
  await ctx.db.updateTable("mails").set({ state: "failed", error }).where("id", "=", mailId).execute();
}

/** Keeps the reason of a try that will be repeated. */
export async function noteError(ctx: Context, mailId: string, error: string): Promise<void> {
  await ctx.db.updateTable("mails").set({ error }).where("id", "=", mailId).execute();
}
