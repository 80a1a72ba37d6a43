import type { accounts, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import type { AccountsTable } from "../platform/gen/tables.ts";

export type Account = ReplyOf<typeof accounts.getMe>;

export async function getAccount(ctx: Context, accountId: string): Promise<Account> {
  const row = await ctx.db.selectFrom("accounts").selectAll().where("id", "=", accountId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "accounts.not_found", `no account ${accountId}`);
  return toAccount(row);
}

type AccountRow = Pick<AccountsTable, "id" | "username" | "email" | "role" | "state" | "created_at">;

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id as `account_${string}`,
    username: row.username,
    email: row.email,
    role: row.role,
    state: row.state,
    createdAt: row.created_at.toISOString(),
  };
}
