import { type Context, transaction } from "../platform/context.ts";
import { openContent } from "./content.ts";
import { digestOf, mostAttempts, nextOf, retryMs } from "./mail.ts";
import {
  claim,
  countClaimed,
  findWaiting,
  findWaitingFor,
  lockRecipient,
  type MailRow,
  markFailed,
  markKept,
  putBack,
  putOff,
  settle,
} from "./store.ts";

/** Hands one mail to a mail server; resolves once the server has taken it over. */
export type Transport = (mail: { id: string; address: string; subject: string; body: string }) => Promise<Outcome>;

/** `again`: the server is away or says that it may work later; `refused`: it will never take this mail. */
export type Outcome = { result: "taken" } | { result: "again" | "refused"; error: string };

/**
 * Sends what waits for an address, as far as it may get any now, or keeps it when there is no mail server. Safe to repeat, and
 * to do at several replicas at once. Only a crash between the server's yes and the note of it sends twice, under the same
 * Message-ID.
 */
export async function deliverTo(ctx: Context, recipient: Buffer, transport: Transport | undefined): Promise<void> {
  if (!transport) return markKept(ctx, recipient);
  for (let rows = await claimNext(ctx, recipient); rows.length > 0; rows = await claimNext(ctx, recipient)) {
    const [first] = rows as [MailRow];
    const outcome = await transport({ id: first.id, ...digestOf(rows.map((row) => openContent(ctx, row))) });
    await transaction(ctx, (ctx) => note(ctx, rows, outcome));
  }
}

/** Takes the mails that go out next as one; none when none may go now. */
async function claimNext(ctx: Context, recipient: Buffer): Promise<readonly MailRow[]> {
  return transaction(ctx, async (ctx) => {
    await lockRecipient(ctx, recipient);
    const now = ctx.now();
    const waiting: MailRow[] = [];
    for (const row of await findWaiting(ctx, recipient, now)) {
      if (!row.expires_at || row.expires_at > now) waiting.push(row);
      else await settle(ctx, row, { state: "dropped", error: "out of date before its turn came" });
    }
    const { counts, roomAt } = await countClaimed(ctx, recipient);
    const next = nextOf(waiting, counts);
    const ids = next.map(({ id }) => id);
    if (next[0]) await claim(ctx, next[0].id, ids);
    else {
      await putOff(
        ctx,
        waiting.map(({ id }) => id),
        roomAt,
      );
    }
    return next.map((row) => ({ ...row, attempts: row.attempts + 1 }));
  });
}

async function note(ctx: Context, rows: readonly MailRow[], outcome: Outcome): Promise<void> {
  const [first] = rows as [MailRow];
  const ids = rows.map(({ id }) => id);
  if (outcome.result === "taken") {
    for (const row of rows) await settle(ctx, row, { state: "sent" });
    return;
  }
  const { error } = outcome;
  if (outcome.result === "refused" || first.attempts >= mostAttempts) {
    ctx.log.warn({ mailId: first.id, error }, "mail failed");
    return markFailed(ctx, ids, error);
  }
  await lockRecipient(ctx, first.recipient as Buffer);
  if (await isReplaced(ctx, first))
    return settle(ctx, first, { state: "dropped", error: "a newer one took its place" });
  await putBack(ctx, ids, { error, next_try_at: new Date(ctx.now().getTime() + retryMs(first.attempts)) });
}

/** Whether a newer mail for the same purpose came while this one was tried. */
async function isReplaced(ctx: Context, { recipient, purpose }: MailRow): Promise<boolean> {
  return purpose !== null && (await findWaitingFor(ctx, recipient as Buffer, purpose)).length > 0;
}
