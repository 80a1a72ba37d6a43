import { type Job, job } from "../platform/jobs.ts";
import { deliverMail } from "./deliver.ts";
import { type MailServer, smtpTransport } from "./smtp.ts";

declare module "../platform/jobs.ts" {
  interface Tasks {
    /** Sends one mail of the outbox. */
    "notices.send_mail": { readonly mailId: string };
  }
}

/** The outbox's jobs; without a mail server, mails are kept for the console. */
export function noticeJobs(mailServer?: MailServer): readonly Job[] {
  const transport = mailServer && smtpTransport(mailServer);
  return [job("notices.send_mail", (ctx, { mailId }) => deliverMail(ctx, mailId, transport))];
}
