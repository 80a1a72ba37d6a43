import { createTransport } from "nodemailer";
import type { Outcome, Transport } from "./deliver.ts";

export interface MailServer {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly smtpUrl: string;
  /** The sender; absent: the URL's user if that is an address, else berth@ the server's host. */
  readonly from?: string;
}

/** Speaks SMTP, one connection per mail, encrypted whenever the server offers it. */
export function smtpTransport({ smtpUrl, from }: MailServer): Transport {
  const mailer = createTransport({
    url: smtpUrl,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const sender = from ?? senderOf(new URL(smtpUrl));
  return async ({ id, address, subject, body }) => {
    try {
      const messageId = `<${id}@${sender.slice(sender.lastIndexOf("@") + 1).replace(">", "")}>`;
      await mailer.sendMail({ from: sender, to: { name: "", address }, subject, text: body, messageId });
      return { result: "taken" };
    } catch (error) {
      return toOutcome(error as Error & { responseCode?: number });
    }
  };
}

/** An answer of 5xx is for good (RFC 5321, 4.2.1), except 530 to 538: those are about signing in, which an operator repairs. */
function toOutcome({ message, responseCode = 0 }: Error & { responseCode?: number }): Outcome {
  const isForGood = responseCode >= 500 && !(responseCode >= 530 && responseCode <= 538);
  return { result: isForGood ? "refused" : "again", error: withoutAddresses(message).slice(0, 500) };
}

/** Servers like to repeat whom they refuse, and what they say is logged and kept readable. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, "(address)");
}

function senderOf({ username, hostname }: URL): string {
  const user = decodeURIComponent(username);
  return user.includes("@") ? user : `berth@${hostname}`;
}
