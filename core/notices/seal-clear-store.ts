import type { Context } from "../platform/context.ts";

export async function findClear(ctx: Context) {
  return ctx.db.selectFrom("mails").selectAll().where("clear_body", "is not", null).orderBy("id").limit(500).execute();
}

export async function saveSealed(
  ctx: Context,
  mailId: string,
  sealed: { recipient: Buffer; content: Buffer },
): Promise<void> {
  await ctx.db
    .updateTable("mails")
    .set({ ...sealed, clear_address: null, clear_subject: null, clear_body: null })
    .where("id", "=", mailId)
    .where("clear_body", "is not", null)
    .execute();
}
