import type { Context } from "../platform/context.ts";
import { enqueue } from "../platform/jobs.ts";
import type { NewMail } from "./mail.ts";
import { insertMail } from "./store.ts";

/** Puts a mail into the outbox in the caller's transaction: it goes out exactly when the change it tells of is real. */
export async function sendMail(ctx: Context, mail: NewMail): Promise<void> {
  const mailId = await insertMail(ctx, mail);
  await enqueue(ctx, "notices.send_mail", { mailId }, { key: mailId });
}
