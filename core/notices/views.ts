import type { InputOf, notices, ReplyOf } from "@berth/api";
import { may } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { maskAddress } from "../platform/mask.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import { openContent, recipientOf } from "./content.ts";
import { blanked } from "./mail.ts";
import type { MailRow } from "./store.ts";

export type Mail = ReplyOf<typeof notices.resendMail>;

/** Mails, newest first, by state and by address. */
export async function findMails(
  ctx: Context,
  input: InputOf<typeof notices.listOutbox>,
): Promise<ReplyOf<typeof notices.listOutbox>> {
  let query = ctx.db
    .selectFrom("mails")
    .selectAll()
    .where("content", "is not", null)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1);
  if (input.address) query = query.where("recipient", "=", recipientOf(ctx, input.address));
  if (input.state) query = query.where("state", "=", input.state);
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), input.limit, (row) => toMail(ctx, row));
}

/**
 * What of a mail this caller sees. A code opens the account that it was made for: whoever may read the outbox must not get
 * into another's account with it.
 */
export function toMail(ctx: Context, row: MailRow): Mail {
  const whole = openContent(ctx, row);
  const { subject, body } = whole.code && !may(ctx.actor, "notices.codes") ? blanked(whole) : whole;
  return {
    id: row.id as Mail["id"],
    address: may(ctx.actor, "accounts.personal") ? whole.address : maskAddress(whole.address),
    kind: row.kind,
    urgency: row.urgency,
    subject,
    // What was sent is gone, and what still waits is nobody's business.
    body: row.state === "kept" || row.state === "failed" ? body : "",
    state: row.state,
    attempts: row.attempts,
    error: row.error,
    createdAt: row.created_at.toISOString(),
    nextTryAt: row.next_try_at?.toISOString() ?? null,
    sentAt: row.sent_at?.toISOString() ?? null,
  };
}
