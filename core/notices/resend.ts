import type { InputOf, notices } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { openContent } from "./content.ts";
import { queueDelivery } from "./send.ts";
import { lockMail, startAnew } from "./store.ts";
import { type Mail, toMail } from "./views.ts";

/** Gives a mail that failed, or that nobody was there to send, all its tries again. Within what its address may get. */
export async function resendMail(ctx: Context, { mailId }: InputOf<typeof notices.resendMail>): Promise<Mail> {
  return transaction(ctx, async (ctx) => {
    const row = await lockMail(ctx, mailId);
    if (!row) throw new Refusal("not_found", "notices.mail_not_found", `no mail ${mailId}`);
    if (row.state !== "failed" && row.state !== "kept") {
      throw new Refusal("conflict", "notices.wrong_state", `cannot resend a mail that is ${row.state}`);
    }
    const isStale = row.expires_at !== null && row.expires_at <= ctx.now();
    if (isStale || openContent(ctx, row).body === "") {
      throw new Refusal("conflict", "notices.out_of_date", "what this mail says is out of date");
    }
    const waiting = await startAnew(ctx, mailId);
    await record(ctx, {
      name: "notices.resent",
      data: { mailId },
      ...(row.account_id ? { accountId: row.account_id } : {}),
    });
    await queueDelivery(ctx, row.recipient as Buffer);
    return toMail(ctx, waiting);
  });
}
