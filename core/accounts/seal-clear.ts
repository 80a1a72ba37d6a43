import type { Context } from "../platform/context.ts";
import { sealEmail } from "./address.ts";
import { findClearAccounts, findClearSignIns, saveSealedAccount, saveSealedSignIn } from "./seal-clear-store.ts";

/** Seals what was written when addresses were readable. Safe to repeat, and to do at several replicas at once. */
export async function sealClearAccounts(ctx: Context): Promise<void> {
  for (let rows = await findClearAccounts(ctx); rows.length > 0; rows = await findClearAccounts(ctx)) {
    for (const { id, clear_email } of rows) await saveSealedAccount(ctx, id, sealEmail(ctx, id, clear_email ?? ""));
  }
  for (let rows = await findClearSignIns(ctx); rows.length > 0; rows = await findClearSignIns(ctx)) {
    for (const row of rows) await saveSealedSignIn(ctx, row);
  }
}
