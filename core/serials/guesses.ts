import { isIPv6 } from "node:net";
import { minuteMs, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { readSetting } from "../settings/index.ts";
import { redeemLock } from "./settings.ts";
import { countFailures, forgetGuesses, insertFailure, lockedUntil, lockGuesses, lockUntil } from "./store.ts";

/** Whose wrong codes are counted together: the account, and where it comes from (a whole /64 for IPv6). */
function guessers(ctx: Context): string[] {
  const { actor } = ctx;
  if (actor.kind !== "account") return [];
  return [`account:${actor.accountId}`, `address:${addressBlock(actor.address)}`];
}

function addressBlock(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.startsWith("::ffff:")) return address.slice(7);
  const [head = "", tail = ""] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = tail.split(":").filter(Boolean);
  const filled = [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill("0"), ...rest];
  return `${filled.slice(0, 4).join(":")}::/64`;
}

/** Refuses while any of them is locked. Attempts of one guesser come one after the other, so that none slips through. */
export async function requireUnlocked(ctx: Context): Promise<void> {
  const subjects = guessers(ctx);
  await lockGuesses(ctx, subjects);
  const until = subjects.length > 0 ? await lockedUntil(ctx, subjects) : undefined;
  if (!until) return;
  const retryAfterSeconds = Math.ceil((until.getTime() - ctx.now().getTime()) / 1_000);
  const minutes = Math.ceil(retryAfterSeconds / 60);
  throw new Refusal("exhausted", "serials.locked", `too many wrong codes; try again in ${minutes} minutes`, {
    retryAfterSeconds,
  });
}

/** Counts a wrong code in the transaction that took the locks; the last one allowed locks. Returns the tries left. */
export async function countWrongCode(ctx: Context): Promise<number> {
  const now = ctx.now().getTime();
  const { tries, windowMinutes, lockMinutes } = await readSetting(ctx, redeemLock);
  let left = tries;
  for (const subject of guessers(ctx)) {
    await insertFailure(ctx, subject);
    const failures = await countFailures(ctx, subject, new Date(now - windowMinutes * minuteMs));
    left = Math.min(left, Math.max(0, tries - failures));
    if (failures >= tries) await lockUntil(ctx, subject, new Date(now + lockMinutes * minuteMs));
  }
  await record(ctx, { name: left > 0 ? "serials.wrong_code" : "serials.redeeming_locked", data: { left } });
  return left;
}

export const forgetGuessesSweep: Sweep = {
  name: "serials.forget_guesses",
  everyMs: minuteMs,
  run: async (ctx) => {
    const { windowMinutes } = await readSetting(ctx, redeemLock);
    await forgetGuesses(ctx, new Date(ctx.now().getTime() - windowMinutes * minuteMs));
  },
};
