import type { InputOf, ReplyOf, staff } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { assignRole } from "./assign-role.ts";
import { resumeAccount, suspendAccount } from "./suspend.ts";

type Outcomes = ReplyOf<typeof staff.suspendAccounts>;

export function suspendAccounts(
  ctx: Context,
  { accountIds, reason }: InputOf<typeof staff.suspendAccounts>,
): Promise<Outcomes> {
  return eachOf(accountIds, (accountId) => suspendAccount(ctx, { accountId, reason }));
}

export function resumeAccounts(ctx: Context, { accountIds }: InputOf<typeof staff.resumeAccounts>): Promise<Outcomes> {
  return eachOf(accountIds, (accountId) => resumeAccount(ctx, { accountId }));
}

export function assignRoles(ctx: Context, { accountIds, role }: InputOf<typeof staff.assignRoles>): Promise<Outcomes> {
  return eachOf(accountIds, (accountId) => assignRole(ctx, { accountId, role }));
}

/** Each once, in turn, in a transaction of its own: one that is refused holds up no other. */
async function eachOf<Id extends string>(ids: readonly Id[], work: (id: Id) => Promise<unknown>): Promise<Outcomes> {
  const items: Outcomes["items"] = [];
  for (const id of new Set(ids)) {
    try {
      await work(id);
      items.push({ id, ok: true });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      items.push({ id, ok: false, problem: { code: error.code, detail: error.message } });
    }
  }
  return { items };
}
