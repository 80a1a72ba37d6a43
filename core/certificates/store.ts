import { newId } from "@berth/kit";
import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import type { Row } from "../platform/rows.ts";
import { claimMs } from "./certificate.ts";

export type CertificateRow = Row<"certificates">;

/** What a certificate is made of, as the database keeps it. */
export type Kept = Pick<CertificateRow, "source" | "chain" | "private_key" | "not_before" | "not_after">;

export async function findCertificates(ctx: Context): Promise<CertificateRow[]> {
  return ctx.db.selectFrom("certificates").selectAll().orderBy("names").execute();
}

export async function findFor(ctx: Context, names: readonly string[]): Promise<CertificateRow | undefined> {
  const query = ctx.db.selectFrom("certificates").selectAll();
  return query.where("names", "=", sql.val([...names])).executeTakeFirst();
}

/** The first one for these names stays: a replica that comes second takes what is there. */
export async function insertCertificate(
  ctx: Context,
  row: Kept & { id: string; names: readonly string[] },
): Promise<boolean> {
  const made = await ctx.db
    .insertInto("certificates")
    .values({ ...row, names: [...row.names], created_at: ctx.now() })
    .onConflict((conflict) => conflict.column("names").doNothing())
    .executeTakeFirst();
  return made.numInsertedOrUpdatedRows === 1n;
}

/** Puts another one in the place of this one, unless another one is there already. */
export async function replaceCertificate(
  ctx: Context,
  { id, chain }: Pick<CertificateRow, "id" | "chain">,
  kept: Kept,
): Promise<void> {
  await ctx.db.updateTable("certificates").set(kept).where("id", "=", id).where("chain", "=", chain).execute();
}

/** Sets when it is ordered next, unless that is known: at the first start with an authority. */
export async function beginOrdering(ctx: Context, id: string): Promise<void> {
  const query = ctx.db.updateTable("certificates").set({ next_try_at: ctx.now() });
  await query.where("id", "=", id).where("next_try_at", "is", null).execute();
}

/** No authority is asked any more. */
export async function endOrdering(ctx: Context, id: string): Promise<void> {
  const query = ctx.db.updateTable("certificates").set({ next_try_at: null });
  await query.where("id", "=", id).where("next_try_at", "is not", null).execute();
}

export async function setDue(ctx: Context, id: string): Promise<CertificateRow | undefined> {
  const query = ctx.db.updateTable("certificates").set({ next_try_at: ctx.now() });
  return query.where("id", "=", id).where("next_try_at", "is not", null).returningAll().executeTakeFirst();
}

/** Takes an order that is due upon itself; nothing when it is not due, or somebody is at it. */
export async function claimDue(ctx: Context, id: string): Promise<CertificateRow | undefined> {
  const now = ctx.now();
  return ctx.db
    .updateTable("certificates")
    .set({ attempt: sql<number>`attempt + 1`, claimed_until: new Date(now.getTime() + claimMs) })
    .where("id", "=", id)
    .where("next_try_at", "<=", now)
    .where((eb) => eb.or([eb("claimed_until", "is", null), eb("claimed_until", "<=", now)]))
    .returningAll()
    .executeTakeFirst();
}

/** Saves how an order went. False when a later order has begun: then this one counts for nothing. */
export async function saveOutcome(
  ctx: Context,
  { id, attempt }: Pick<CertificateRow, "id" | "attempt">,
  outcome: Partial<Pick<CertificateRow, "failures" | "last_error" | "last_error_at" | "next_try_at"> & Kept>,
): Promise<boolean> {
  const query = ctx.db.updateTable("certificates").set({ ...outcome, claimed_until: null });
  const { numUpdatedRows } = await query.where("id", "=", id).where("attempt", "=", attempt).executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Drops what nobody is served with any more: it is over, and for none of these names. */
export async function deleteOver(ctx: Context, wanted: readonly (readonly string[])[]): Promise<void> {
  const over = await ctx.db
    .selectFrom("certificates")
    .select(["id", "names"])
    .where("not_after", "<=", ctx.now())
    .execute();
  const isWanted = new Set(wanted.map(String));
  const ids = over.filter(({ names }) => !isWanted.has(String(names))).map(({ id }) => id);
  if (ids.length > 0) await ctx.db.deleteFrom("certificates").where("id", "in", ids).execute();
}

export type AccountRow = Row<"acme_accounts">;

/** The account at an authority, whose key is made by `make` the first time. */
export async function ensureAccount(
  ctx: Context,
  directory: string,
  make: (id: string) => Buffer,
): Promise<AccountRow> {
  const now = ctx.now();
  const id = newId("acme", now);
  await ctx.db
    .insertInto("acme_accounts")
    .values({ id, directory, private_key: make(id), created_at: now })
    .onConflict((conflict) => conflict.column("directory").doNothing())
    .execute();
  return ctx.db.selectFrom("acme_accounts").selectAll().where("directory", "=", directory).executeTakeFirstOrThrow();
}

/** What the authority calls it. */
export async function saveAccountUrl(ctx: Context, id: string, url: string): Promise<void> {
  await ctx.db.updateTable("acme_accounts").set({ url }).where("id", "=", id).execute();
}

export async function forgetAccount(ctx: Context, directory: string): Promise<void> {
  await ctx.db.updateTable("acme_accounts").set({ url: null }).where("directory", "=", directory).execute();
}

export async function insertChallenge(ctx: Context, token: string, answer: string): Promise<void> {
  const expires_at = new Date(ctx.now().getTime() + claimMs);
  const row = { answer, expires_at };
  await ctx.db
    .insertInto("acme_challenges")
    .values({ token, ...row })
    .onConflict((conflict) => conflict.column("token").doUpdateSet(row))
    .execute();
}

export async function deleteChallenges(ctx: Context, tokens: readonly string[]): Promise<void> {
  await ctx.db
    .deleteFrom("acme_challenges")
    .where((eb) => eb.or([eb("token", "in", [...tokens, ""]), eb("expires_at", "<=", ctx.now())]))
    .execute();
}

export async function findChallenges(ctx: Context): Promise<Map<string, string>> {
  const rows = await ctx.db.selectFrom("acme_challenges").selectAll().where("expires_at", ">", ctx.now()).execute();
  return new Map(rows.map(({ token, answer }) => [token, answer]));
}

/** True the first time it is asked for this certificate. */
export async function noteWarning(ctx: Context, fingerprint: string): Promise<boolean> {
  const noted = await ctx.db
    .insertInto("certificate_warnings")
    .values({ fingerprint, warned_at: ctx.now() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return noted.numInsertedOrUpdatedRows === 1n;
}
