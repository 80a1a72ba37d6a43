import type { InputOf, staff } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { moveAccount } from "./account.ts";
import { lockManaged, requireOtherSuperAdmin } from "./managed.ts";
import { deleteSessions } from "./password-store.ts";
import { saveState } from "./staff-store.ts";
import { type Account, getAccount } from "./views.ts";

/** Shuts an account out: its sessions end, its keys are refused, and what it leases runs on. */
export async function suspendAccount(
  ctx: Context,
  { accountId, reason }: InputOf<typeof staff.suspendAccount>,
): Promise<Account> {
  return transaction(ctx, async (ctx) => {
    const account = await lockManaged(ctx, accountId);
    if (ctx.actor.kind === "account" && ctx.actor.accountId === accountId) {
      throw new Refusal("conflict", "accounts.not_yourself", "nobody suspends themselves");
    }
    const state = moveAccount(account.state, "suspend");
    await requireOtherSuperAdmin(ctx, account);
    await saveState(ctx, accountId, { state, reason });
    const sessions = await deleteSessions(ctx, accountId);
    await record(ctx, { name: "accounts.suspended", accountId, data: { reason, sessions } });
    return getAccount(ctx, accountId);
  });
}

/** Lets it act again; it signs in anew. */
export async function resumeAccount(
  ctx: Context,
  { accountId }: InputOf<typeof staff.resumeAccount>,
): Promise<Account> {
  return transaction(ctx, async (ctx) => {
    const account = await lockManaged(ctx, accountId);
    await saveState(ctx, accountId, { state: moveAccount(account.state, "resume"), reason: null });
    await record(ctx, { name: "accounts.resumed", accountId });
    return getAccount(ctx, accountId);
  });
}
