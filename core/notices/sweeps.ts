import { minuteMs, secondMs } from "@berth/kit";
import { z } from "zod";
import type { Context } from "../platform/context.ts";
import { forEach, type Sweep } from "../platform/sweeps.ts";
import { readSetting, setting } from "../settings/index.ts";
import { openContent, sealContent } from "./content.ts";
import { blanked } from "./mail.ts";
import { queueDelivery } from "./send.ts";
import { deleteOlderThan, findDue, findOutOfDate, recoverLost, saveBlanked } from "./sweep-store.ts";

const keepDays = setting({
  name: "notices.keep_days",
  schema: z.number().int().min(1).max(3_650),
  default: 90,
  description: "How long a mail stays in the outbox's list, counted from when it was written",
});

export const noticeSettings = [keepDays];

/** Wakes mails that waited for room or for their next try, and those whose sender or job was lost. */
async function lookAgain(ctx: Context): Promise<void> {
  await recoverLost(ctx);
  for (const recipient of await findDue(ctx, 500)) await queueDelivery(ctx, recipient);
}

/** Takes codes out of mails once they are out of date, and old mails out of the outbox. */
async function forgetMails(ctx: Context): Promise<void> {
  const rows = new Map((await findOutOfDate(ctx, 500)).map((row) => [row.id, row]));
  await forEach(ctx, [...rows.keys()], async (id) => {
    const row = rows.get(id);
    if (row) await saveBlanked(ctx, id, sealContent(ctx, id, blanked(openContent(ctx, row))));
  });
  await deleteOlderThan(ctx, await readSetting(ctx, keepDays));
}

export const noticeSweeps: readonly Sweep[] = [
  { name: "notices.look_again", everyMs: 10 * secondMs, run: lookAgain },
  { name: "notices.forget", everyMs: minuteMs, run: forgetMails },
];
