import { newId, Refusal } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { isUniqueViolation } from "../platform/database.ts";
import type { Row } from "../platform/rows.ts";
import { openContent, recipientOf, sealContent } from "./content.ts";
import { blanked, type Counts, type NewMail, windowMs } from "./mail.ts";

export type MailRow = Row<"mails">;

/** One at a time for an address, over all replicas. Taken before any row is locked. */
export async function lockRecipient(ctx: Context, recipient: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('notices.recipient'), hashtext(${recipient.toString("hex")}))`.execute(
    ctx.db,
  );
}

export async function insertMail(ctx: Context, mail: NewMail): Promise<void> {
  const created_at = ctx.now();
  const id = newId("mail", created_at);
  await ctx.db
    .insertInto("mails")
    .values({
      id,
      account_id: mail.accountId ?? null,
      recipient: recipientOf(ctx, mail.address),
      content: sealContent(ctx, id, { ...mail, code: mail.code?.text }),
      kind: mail.kind,
      urgency: mail.urgency ?? "notice",
      purpose: mail.purpose ?? null,
      expires_at: mail.code?.goodUntil ?? null,
      state: "waiting",
      created_at,
    })
    .execute();
}

/** Mails to an address that wait and may be tried now, oldest first. */
export async function findWaiting(ctx: Context, recipient: Buffer, now: Date): Promise<MailRow[]> {
  return ctx.db
    .selectFrom("mails")
    .selectAll()
    .where("recipient", "=", recipient)
    .where("state", "=", "waiting")
    .where((eb) => eb.or([eb("next_try_at", "is", null), eb("next_try_at", "<=", now)]))
    .orderBy("created_at")
    .orderBy("id")
    .forUpdate()
    .execute();
}

export async function findWaitingFor(ctx: Context, recipient: Buffer, purpose: string): Promise<MailRow[]> {
  return ctx.db
    .selectFrom("mails")
    .selectAll()
    .where("recipient", "=", recipient)
    .where("purpose", "=", purpose)
    .where("state", "=", "waiting")
    .forUpdate()
    .execute();
}

export async function lockMail(ctx: Context, mailId: string): Promise<MailRow | undefined> {
  return ctx.db.selectFrom("mails").selectAll().where("id", "=", mailId).forUpdate().executeTakeFirst();
}

/** Lets a mail wait as if it had just been written. */
export async function startAnew(ctx: Context, mailId: string): Promise<MailRow> {
  try {
    return await ctx.db
      .updateTable("mails")
      .set({ state: "waiting", attempts: 0, error: null, claimed_at: null, next_try_at: null, sent_with: null })
      .where("id", "=", mailId)
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    if (!isUniqueViolation(error, "one_waits_for_a_purpose")) throw error;
    throw new Refusal("conflict", "notices.newer_waits", "a newer mail about the same waits already");
  }
}

/** How many mails an address was sent in the last ten minutes, and when the oldest of them counts no more. */
export async function countClaimed(ctx: Context, recipient: Buffer): Promise<{ counts: Counts; roomAt: Date }> {
  const now = ctx.now();
  const rows = await ctx.db
    .selectFrom("mails")
    .select(["urgency", "claimed_at"])
    .where("recipient", "=", recipient)
    .where("claimed_at", ">", new Date(now.getTime() - windowMs))
    .where("sent_with", "is", null)
    .orderBy("claimed_at")
    .execute();
  const count = (urgency: MailRow["urgency"]) => rows.filter((row) => row.urgency === urgency).length;
  const counts = { security: count("security"), code: count("code"), notice: count("notice") };
  const oldest = rows[0]?.claimed_at ?? new Date(now.getTime() - windowMs);
  return { counts, roomAt: new Date(oldest.getTime() + windowMs) };
}

/** Notes that these go out now as one mail, that of `mailId`. */
export async function claim(ctx: Context, mailId: string, ids: readonly string[]): Promise<void> {
  await ctx.db
    .updateTable("mails")
    .set({
      state: "sending",
      claimed_at: ctx.now(),
      next_try_at: null,
      attempts: sql<number>`attempts + 1`,
      sent_with: sql<string | null>`case when id = ${mailId} then null else ${mailId} end`,
    })
    .where("id", "in", ids)
    .execute();
}

export async function putOff(ctx: Context, ids: readonly string[], until: Date): Promise<void> {
  if (ids.length > 0) await ctx.db.updateTable("mails").set({ next_try_at: until }).where("id", "in", ids).execute();
}

/** Settles a mail for good, and those that went with it; what nobody needs any more goes from it. */
export async function settle(
  ctx: Context,
  row: MailRow,
  change: { state: "sent" | "dropped"; error?: string | null },
): Promise<void> {
  const content = sealContent(ctx, row.id, blanked(openContent(ctx, row)));
  const sent_at = change.state === "sent" ? ctx.now() : null;
  await ctx.db
    .updateTable("mails")
    .set({ error: null, ...change, content, sent_at, expires_at: null })
    .where("id", "=", row.id)
    .execute();
}

/** It was not taken over, so it does not count as one that the address got. */
export async function markFailed(ctx: Context, ids: readonly string[], error: string): Promise<void> {
  const failed = ctx.db.updateTable("mails").set({ state: "failed", error, claimed_at: null, sent_with: null });
  await failed.where("id", "in", ids).execute();
}

/** For another try; nor does this one count. */
export async function putBack(
  ctx: Context,
  ids: readonly string[],
  { error, next_try_at }: { error: string | null; next_try_at: Date | null },
): Promise<void> {
  await ctx.db
    .updateTable("mails")
    .set({ state: "waiting", claimed_at: null, sent_with: null, error, next_try_at })
    .where("id", "in", ids)
    .execute();
}

export async function markKept(ctx: Context, recipient: Buffer): Promise<void> {
  const waiting = ctx.db.updateTable("mails").set({ state: "kept" }).where("recipient", "=", recipient);
  await waiting.where("state", "=", "waiting").execute();
}
