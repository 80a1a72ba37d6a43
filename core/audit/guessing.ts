import { secondMs } from "@berth/kit";
import { type Context, transaction } from "../platform/context.ts";
import type { Sweep } from "../platform/sweeps.ts";
import { windowMs } from "./failure.ts";
import { findGuessed, lockGuessing } from "./guessing-store.ts";
import { record } from "./record.ts";

/** Notes who is being guessed at, and which address block guesses: each once in a window, however long it goes on. */
export async function detectGuessing(ctx: Context): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await lockGuessing(ctx);
    const since = new Date(ctx.now().getTime() - windowMs);
    for (const { origin, account_id, failures, accounts } of await findGuessed(ctx, since)) {
      const counted = { failures: Number(failures), accounts: Number(accounts), since: since.toISOString() };
      await record(
        ctx,
        origin === null
          ? { name: "audit.guessing", accountId: account_id ?? undefined, data: { at: "account", ...counted } }
          : { name: "audit.guessing", data: { at: "block", origin, ...counted } },
      );
    }
  });
}

export const guessingSweep: Sweep = { name: "audit.detect_guessing", everyMs: 30 * secondMs, run: detectGuessing };
