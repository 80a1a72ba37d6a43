import { openContent, recipientOf } from "../../core/notices/content.ts";
import type { Content } from "../../core/notices/mail.ts";
import type { MailRow } from "../../core/notices/store.ts";
import type { TestControl } from "./control.ts";

export type TestMail = Omit<MailRow, "content"> & Content;

/** What stands in the outbox for an address, oldest first, as it would be read. */
export async function mailsTo({ ctx }: Pick<TestControl, "ctx">, address: string): Promise<TestMail[]> {
  const mails = ctx.db.selectFrom("mails").selectAll().where("recipient", "=", recipientOf(ctx, address));
  return (await mails.orderBy("id").execute()).map((row) => ({ ...row, ...openContent(ctx, row) }));
}

/** The newest code for an address, of one kind of mail or any. */
export async function lastCode(control: Pick<TestControl, "ctx">, address: string, kind?: string): Promise<string> {
  const mails = await mailsTo(control, address);
  return mails.findLast((mail) => mail.code !== undefined && (kind ?? mail.kind) === mail.kind)?.code ?? "";
}
