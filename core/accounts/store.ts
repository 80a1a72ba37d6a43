import { newId } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { isUniqueViolation } from "../platform/database.ts";
import type { Row } from "../platform/rows.ts";
import { emailTaken, usernameTaken } from "./account.ts";
import { indexOfEmail, sealEmail } from "./address.ts";
import { savePassword } from "./password-store.ts";

export type AccountRow = Row<"accounts">;

/** One change at a time about an address, whether it has an account yet or not. Taken before any row is locked. */
export async function lockAddress(ctx: Context, email: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('accounts.address'), hashtext(${email}))`.execute(ctx.db);
}

/** One change at a time of who is super admin. Taken before any row is locked. */
export async function lockSuperAdmins(ctx: Context): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('accounts.super_admins'))`.execute(ctx.db);
}

export async function findAccountByEmail(ctx: Context, email: string) {
  const found = ctx.db.selectFrom("accounts").selectAll().where("email_index", "=", indexOfEmail(ctx, email));
  return found.executeTakeFirst();
}

export async function lockAccount(ctx: Context, accountId: string) {
  return ctx.db.selectFrom("accounts").selectAll().where("id", "=", accountId).forUpdate().executeTakeFirst();
}

export async function isUsernameTaken(ctx: Context, username: string): Promise<boolean> {
  const found = await ctx.db
    .selectFrom("accounts")
    .select("id")
    .where(sql`lower(username)`, "=", username.toLowerCase())
    .where("state", "<>", "unverified")
    .executeTakeFirst();
  return found !== undefined;
}

export async function hasActiveSuperAdmin(ctx: Context): Promise<boolean> {
  const found = await ctx.db
    .selectFrom("accounts")
    .select("id")
    .where("role", "=", "super_admin")
    .where("state", "=", "active")
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** The account of an address with the hash of its password. */
export async function findCredential(ctx: Context, email: string) {
  return ctx.db
    .selectFrom("accounts as a")
    .leftJoin("credentials as c", (join) => join.onRef("c.account_id", "=", "a.id").on("c.provider", "=", "credential"))
    .select(["a.id as account_id", "a.state", "c.password"])
    .where("a.email_index", "=", indexOfEmail(ctx, email))
    .executeTakeFirst();
}

export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly state: AccountRow["state"];
}

/** A customer's account. The address must be free. */
export async function insertAccount(ctx: Context, { username, email, state }: NewAccount): Promise<string> {
  const now = ctx.now();
  const id = newId("account", now);
  const times = { created_at: now, updated_at: now };
  await ctx.db
    .insertInto("accounts")
    .values({ id, username, ...sealEmail(ctx, id, email), role: "customer", state, ...times })
    .execute();
  return id;
}

/** Name and password of a later sign-up take the place of those that nobody confirmed. */
export async function replaceUnverified(
  ctx: Context,
  accountId: string,
  { username, passwordHash }: { username: string; passwordHash: string },
): Promise<void> {
  const updated_at = ctx.now();
  await ctx.db
    .updateTable("accounts")
    .set({ username, updated_at })
    .where("id", "=", accountId)
    .where("state", "=", "unverified")
    .execute();
  await savePassword(ctx, accountId, passwordHash);
}

/** Gives an unverified account its name for good, with this role. */
export async function activateAccount(ctx: Context, accountId: string, role: AccountRow["role"]) {
  try {
    return await ctx.db
      .updateTable("accounts")
      .set({ state: "active", role, email_verified: true, updated_at: ctx.now() })
      .where("id", "=", accountId)
      .where("state", "=", "unverified")
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    if (isUniqueViolation(error, "username_once")) throw usernameTaken();
    throw error;
  }
}

/** Frees an address that somebody signed up with and nobody confirmed. */
export async function deleteUnverified(ctx: Context, email: string): Promise<void> {
  const held = ctx.db.deleteFrom("accounts").where("email_index", "=", indexOfEmail(ctx, email));
  await held.where("state", "=", "unverified").execute();
}

/** Sign-ups that nobody confirmed, and whose last try was before then. */
export async function findUnconfirmed(ctx: Context, before: Date): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("accounts")
    .select("id")
    .where("state", "=", "unverified")
    .where("updated_at", "<=", before)
    .orderBy("updated_at")
    .limit(500)
    .execute();
  return rows.map(({ id }) => id);
}

/** False when somebody confirmed it meanwhile, or tried again. */
export async function deleteUnconfirmed(ctx: Context, accountId: string, before: Date): Promise<boolean> {
  const { numDeletedRows } = await ctx.db
    .deleteFrom("accounts")
    .where("id", "=", accountId)
    .where("state", "=", "unverified")
    .where("updated_at", "<=", before)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Gives an account an address that was proven. */
export async function saveEmail(ctx: Context, accountId: string, email: string): Promise<void> {
  try {
    await ctx.db
      .updateTable("accounts")
      .set({ ...sealEmail(ctx, accountId, email), email_verified: true, updated_at: ctx.now() })
      .where("id", "=", accountId)
      .execute();
  } catch (error) {
    if (isUniqueViolation(error, "email_once")) throw emailTaken();
    throw error;
  }
}

/** False when the account has no such session. */
export async function deleteSession(ctx: Context, accountId: string, sessionId: string): Promise<boolean> {
  const { numDeletedRows } = await ctx.db
    .deleteFrom("sessions")
    .where("id", "=", sessionId)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** What nobody can use any more. */
export async function deleteExpired(ctx: Context): Promise<void> {
  await ctx.db.deleteFrom("sessions").where("expires_at", "<=", ctx.now()).execute();
  await ctx.db.deleteFrom("mailed_codes").where("expires_at", "<=", ctx.now()).execute();
}
