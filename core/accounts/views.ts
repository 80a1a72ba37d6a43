import type { accounts, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { sql } from "kysely";
import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import type { AccountRow } from "./store.ts";

export type Account = ReplyOf<typeof accounts.getMe>;

export async function getAccount(ctx: Context, accountId: string): Promise<Account> {
  const row = await ctx.db.selectFrom("accounts").selectAll().where("id", "=", accountId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "accounts.not_found", `no account ${accountId}`);
  return toAccount(row);
}

/** All accounts, newest first, by part of a name or address. */
export async function findAccounts(
  ctx: Context,
  { q, limit, ...input }: InputOf<typeof accounts.listAccounts>,
): Promise<ReplyOf<typeof accounts.listAccounts>> {
  let query = ctx.db
    .selectFrom("accounts")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  // `strpos` takes what people type as it is; `like` would read % and _ in it.
  if (q) query = query.where(sql<boolean>`strpos(lower(username || ' ' || email), ${q.toLowerCase()}) > 0`);
  const after = pageAfter(input.after);
  if (after) query = query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after.at, after.id)));
  return toPage(await query.execute(), limit, toAccount);
}

/** One's own live sessions, newest first. */
export async function findSessions(ctx: Context): Promise<ReplyOf<typeof accounts.listSessions>> {
  const rows = await ctx.db
    .selectFrom("sessions")
    .selectAll()
    .where("account_id", "=", accountOf(ctx.actor))
    .where("expires_at", ">", ctx.now())
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .execute();
  const current = ctx.actor.kind === "account" ? ctx.actor.sessionId : undefined;
  return {
    items: rows.map((row) => ({
      id: row.id,
      address: row.ip_address,
      userAgent: row.user_agent,
      createdAt: row.created_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      current: row.id === current,
    })),
  };
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id as `account_${string}`,
    username: row.username,
    email: row.email,
    role: row.role,
    state: row.state,
    createdAt: row.created_at.toISOString(),
  };
}
