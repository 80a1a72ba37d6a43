import type { accounts, ReplyOf } from "@berth/api";
import { accountOf, may } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { maskAddress } from "../platform/mask.ts";
import { accountNotFound } from "./account.ts";
import { openEmail } from "./address.ts";
import { openClient } from "./client.ts";

export type Account = ReplyOf<typeof accounts.getMe>;

export function selectAccounts(ctx: Context) {
  return ctx.db
    .selectFrom("accounts as a")
    .leftJoin("roles as r", "r.id", "a.custom_role_id")
    .selectAll("a")
    .select(["r.name as custom_role", "r.permissions as custom_permissions"]);
}

export type SeenAccount = Awaited<ReturnType<ReturnType<typeof selectAccounts>["execute"]>>[number];

/** An account with what its role lets it do. */
export async function findAccount(ctx: Context, accountId: string): Promise<SeenAccount | undefined> {
  return selectAccounts(ctx).where("a.id", "=", accountId).executeTakeFirst();
}

/** As this caller may see it. */
export async function getAccount(ctx: Context, accountId: string): Promise<Account> {
  const row = await findAccount(ctx, accountId);
  if (!row) throw accountNotFound(accountId);
  return toAccount(ctx, row);
}

/** The whole of it, for its owner, who may not be signed in yet. */
export async function getOwnAccount(ctx: Context, accountId: string): Promise<Account> {
  const row = await findAccount(ctx, accountId);
  if (!row) throw accountNotFound(accountId);
  return { ...toAccount(ctx, row), email: openEmail(ctx, row) };
}

/** Where mails about an account go. */
export async function findAddressee(ctx: Context, accountId: string) {
  const row = await findAccount(ctx, accountId);
  if (!row) throw accountNotFound(accountId);
  return { accountId, address: openEmail(ctx, row), username: row.username };
}

/** Where mails to those go who look after the installation. */
export async function findOperators(ctx: Context): Promise<{ accountId: string; address: string }[]> {
  const rows = await ctx.db
    .selectFrom("accounts")
    .select(["id", "email"])
    .where("role", "=", "super_admin")
    .where("state", "=", "active")
    .where("email_verified", "=", true)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ accountId: row.id, address: openEmail(ctx, row) }));
}

/** A role that somebody made, which nobody deletes until the caller's transaction ends. */
export async function findCustomRole(ctx: Context, roleId: string) {
  const query = ctx.db.selectFrom("roles").select(["id", "base", "permissions"]).where("id", "=", roleId);
  return query.forKeyShare().executeTakeFirst();
}

function selectSessions(ctx: Context) {
  return ctx.db
    .selectFrom("sessions as s")
    .innerJoin("accounts as a", "a.id", "s.account_id")
    .leftJoin("roles as r", "r.id", "a.custom_role_id")
    .select(["s.id", "s.account_id", "a.role", "r.permissions as custom_permissions"])
    .where("s.expires_at", ">", ctx.now())
    .where("a.state", "=", "active");
}

export type LiveSession = Awaited<ReturnType<ReturnType<typeof selectSessions>["execute"]>>[number];

/** A live session of an account that may act, with what it may do now. */
export async function findSessionBy(
  ctx: Context,
  by: { tokenHash: string } | { id: string },
): Promise<LiveSession | undefined> {
  const query = selectSessions(ctx);
  return (
    "id" in by ? query.where("s.id", "=", by.id) : query.where("s.token_hash", "=", by.tokenHash)
  ).executeTakeFirst();
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
    items: rows.map((row) => {
      const client = openClient(ctx, `sessions|client|${row.id}`, row.client);
      return {
        id: row.id,
        address: client?.address ?? null,
        userAgent: client?.userAgent ?? null,
        createdAt: row.created_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
        current: row.id === current,
      };
    }),
  };
}

export function toAccount(ctx: Context, row: SeenAccount): Account {
  const email = openEmail(ctx, row);
  return {
    id: row.id as `account_${string}`,
    username: row.username,
    email: maySeePersonal(ctx, row.id) ? email : maskAddress(email),
    role: row.role,
    customRole: row.custom_role_id === null ? null : { id: row.custom_role_id, name: row.custom_role ?? "" },
    state: row.state,
    suspendedFor: row.suspended_for,
    createdAt: row.created_at.toISOString(),
  };
}

/** Whether this caller sees what tells who the owner of an account is: the owner does. */
export function maySeePersonal({ actor }: Context, accountId: string): boolean {
  return may(actor, "accounts.personal") || (actor.kind === "account" && actor.accountId === accountId);
}
