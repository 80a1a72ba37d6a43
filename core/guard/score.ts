import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { isBanEarned } from "./ban.ts";
import { forgetSignalsOf, insertSignal, type Signal, saveBan, sumSignals } from "./ban-store.ts";

/** Replicas look at lists and bans again when they hear of this. */
export const guardChannel = "guard";

/** Notes what looked like an attack, and bans its place for a while once there was enough. True when it did. */
export async function scoreSignal(ctx: Context, signal: Signal): Promise<boolean> {
  const { place, kind } = signal;
  if (!(await insertSignal(ctx, signal))) return false;
  const sum = await sumSignals(ctx, place);
  ctx.log.info({ place, kind, points: sum.points }, "attack signal noted");
  if (!isBanEarned(sum)) return false;
  return transaction(ctx, async (ctx) => {
    const ban = await saveBan(ctx, place, sum.kinds);
    if (!ban) return false;
    await forgetSignalsOf(ctx, place);
    const data = { banId: ban.id, strikes: ban.strikes, reasons: ban.reasons, until: ban.until.toISOString() };
    await record(ctx, { name: "guard.banned", data, personal: { place } });
    await notify(ctx, guardChannel, "bans");
    ctx.log.warn({ place, strikes: ban.strikes, until: ban.until }, "place banned");
    return true;
  });
}
