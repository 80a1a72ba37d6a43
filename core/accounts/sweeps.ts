import { dayMs, hourMs, minuteMs } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { forEach, type Sweep } from "../platform/sweeps.ts";
import { readSetting } from "../settings/index.ts";
import { unverifiedDays } from "./settings.ts";
import { deleteOldSignIns } from "./sign-in-store.ts";
import { deleteExpired, deleteUnconfirmed, findUnconfirmed } from "./store.ts";

/** Forgets sign-ups that nobody confirmed, with all that was asked of whoever it was. */
async function forgetUnconfirmed(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - (await readSetting(ctx, unverifiedDays)) * dayMs);
  await forEach(ctx, await findUnconfirmed(ctx, before), (accountId) =>
    transaction(ctx, async (ctx) => {
      if (!(await deleteUnconfirmed(ctx, accountId, before))) return;
      await record(ctx, { name: "accounts.sign_up_forgotten", accountId });
    }),
  );
}

/** Nothing hangs on when they run: what has expired is refused before it is gone. */
export const accountSweeps: readonly Sweep[] = [
  { name: "accounts.delete_expired", everyMs: 10 * minuteMs, run: deleteExpired },
  { name: "accounts.forget_unconfirmed", everyMs: hourMs, run: forgetUnconfirmed },
  { name: "accounts.delete_old_sign_ins", everyMs: hourMs, run: deleteOldSignIns },
];
