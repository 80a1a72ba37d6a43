import { type Context, transaction } from "../platform/context.ts";
import { enqueue } from "../platform/jobs.ts";
import { recipientOf } from "./content.ts";
import type { NewMail } from "./mail.ts";
import { findWaitingFor, insertMail, lockRecipient, settle } from "./store.ts";

/**
 * Puts a mail into the outbox in the caller's transaction: it goes out exactly when the change it tells of is real. One for
 * the same purpose that still waits is dropped for it.
 */
export async function sendMail(ctx: Context, mail: NewMail): Promise<void> {
  await transaction(ctx, async (ctx) => {
    if (mail.purpose) await dropWaiting(ctx, { address: mail.address, purpose: mail.purpose });
    await insertMail(ctx, mail);
    await queueDelivery(ctx, recipientOf(ctx, mail.address));
  });
}

/** Takes back a mail that waits; true when there was one. In the caller's transaction. */
export async function dropWaiting(
  ctx: Context,
  { address, purpose }: { address: string; purpose: string },
): Promise<boolean> {
  const recipient = recipientOf(ctx, address);
  await lockRecipient(ctx, recipient);
  const waiting = await findWaitingFor(ctx, recipient, purpose);
  for (const row of waiting) await settle(ctx, row, { state: "dropped", error: "a newer one took its place" });
  return waiting.length > 0;
}

/** One job for an address at a time, however many mails wait for it. */
export async function queueDelivery(ctx: Context, recipient: Buffer): Promise<void> {
  const text = recipient.toString("hex");
  await enqueue(ctx, "notices.deliver", { recipient: text }, { key: `mails:${text}` });
}
