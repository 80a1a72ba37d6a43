import type { Context } from "../platform/context.ts";
import { mostAttempts } from "./mail.ts";
import { beginAttempt, markFailed, markKept, markSent, noteError } from "./store.ts";

/** Hands one mail to a mail server; resolves once the server has taken it over. */
export type Transport = (mail: { id: string; address: string; subject: string; body: string }) => Promise<Outcome>;

/** `again`: the server is away or says that it may work later; `refused`: it will never take this mail. */
export type Outcome = { result: "taken" } | { result: "again" | "refused"; error: string };

/**
 * Sends a mail that waits, or keeps it when there is no mail server. Safe to repeat: what was sent, kept or given up is left
 * alone. Only a crash between the server's yes and the note of it sends twice, under the same Message-ID.
 */
export async function deliverMail(ctx: Context, mailId: string, transport: Transport | undefined): Promise<void> {
  if (!transport) return markKept(ctx, mailId);
  const mail = await beginAttempt(ctx, mailId);
  if (!mail) return;
  const outcome = await transport(mail);
  if (outcome.result === "taken") return markSent(ctx, mailId);
  if (outcome.result === "refused" || mail.attempts >= mostAttempts) {
    ctx.log.warn({ mailId, error: outcome.error }, "mail failed");
    return markFailed(ctx, mailId, outcome.error);
  }
  await noteError(ctx, mailId, outcome.error);
  throw new Error(outcome.error);
}
