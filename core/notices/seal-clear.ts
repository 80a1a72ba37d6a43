import type { Context } from "../platform/context.ts";
import { recipientOf, sealContent } from "./content.ts";
import { blanked } from "./mail.ts";
import { findClear, saveSealed } from "./seal-clear-store.ts";

/** Seals mails that were written when the outbox was readable. Safe to repeat, and to do at several replicas at once. */
export async function sealClearMails(ctx: Context): Promise<void> {
  for (let rows = await findClear(ctx); rows.length > 0; rows = await findClear(ctx)) {
    for (const { id, clear_address, clear_subject, clear_body, state } of rows) {
      const address = clear_address ?? "";
      const whole = { address, subject: clear_subject ?? "", body: clear_body ?? "" };
      // Which of them held codes nobody noted: what was sent shows its subject no more.
      const content = state === "sent" ? { ...blanked(whole), subject: "" } : whole;
      await saveSealed(ctx, id, { recipient: recipientOf(ctx, address), content: sealContent(ctx, id, content) });
    }
  }
}
