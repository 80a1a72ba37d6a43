import { type Job, job } from "../platform/jobs.ts";
import { deliverTo } from "./deliver.ts";
import { type MailServer, smtpTransport } from "./smtp.ts";

declare module "../platform/jobs.ts" {
  interface Tasks {
    /** Sends what waits for an address, named by its keyed hash in hexadecimal. */
    "notices.deliver": { readonly recipient: string };
  }
}

/** The outbox's jobs; without a mail server, mails are kept for the console. */
export function noticeJobs(mailServer?: MailServer): readonly Job[] {
  const transport = mailServer && smtpTransport(mailServer);
  return [job("notices.deliver", (ctx, { recipient }) => deliverTo(ctx, Buffer.from(recipient, "hex"), transport))];
}
