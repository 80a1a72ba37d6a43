import type { InputOf, notices, ReplyOf } from "@berth/api";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import { isBodyShown } from "./mail.ts";

/** Mails, newest first. */
export async function findMails(
  ctx: Context,
  input: InputOf<typeof notices.listOutbox>,
): Promise<ReplyOf<typeof notices.listOutbox>> {
  let query = ctx.db
    .selectFrom("mails")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1);
  if (input.address) query = query.where("address", "=", input.address);
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), input.limit, (row) => ({
    id: row.id as `mail_${string}`,
    address: row.address,
    kind: row.kind,
    subject: row.subject,
    body: isBodyShown(row.state) ? row.body : "",
    state: row.state,
    error: row.error,
    createdAt: row.created_at.toISOString(),
    sentAt: row.sent_at?.toISOString() ?? null,
  }));
}
