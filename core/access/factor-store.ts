import { sql } from "kysely";
import type { Context } from "../platform/context.ts";
import { firstWaitMs, freeTries, mostDoublings, type SecondWay } from "./factor.ts";

export async function findTotp(ctx: Context, accountId: string) {
  return ctx.db.selectFrom("totp_secrets").selectAll().where("account_id", "=", accountId).executeTakeFirst();
}

/** Keeps a secret until its first code; false when the account has a confirmed one. */
export async function savePendingTotp(ctx: Context, accountId: string, secret: Buffer): Promise<boolean> {
  const row = { secret, last_step: 0n, created_at: ctx.now() };
  const { numInsertedOrUpdatedRows } = await ctx.db
    .insertInto("totp_secrets")
    .values({ account_id: accountId, ...row })
    .onConflict((conflict) =>
      conflict.column("account_id").doUpdateSet(row).where("totp_secrets.confirmed_at", "is", null),
    )
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** Makes a pending secret count. False when it is another one by now, or was confirmed meanwhile. */
export async function confirmSecret(ctx: Context, accountId: string, secret: Buffer, step: bigint): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("totp_secrets")
    .set({ confirmed_at: ctx.now(), last_step: step })
    .where("account_id", "=", accountId)
    .where("secret", "=", secret)
    .where("confirmed_at", "is", null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Takes a step's code. False when that step or a later one was taken: a code works once, however many send it. */
export async function advanceStep(ctx: Context, accountId: string, step: bigint): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("totp_secrets")
    .set({ last_step: step })
    .where("account_id", "=", accountId)
    .where("confirmed_at", "is not", null)
    .where("last_step", "<", step)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function deleteTotp(ctx: Context, accountId: string): Promise<boolean> {
  const { numDeletedRows } = await ctx.db
    .deleteFrom("totp_secrets")
    .where("account_id", "=", accountId)
    .where("confirmed_at", "is not", null)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

/** Counts a try before it is looked at, one at a time; nothing, or until when there is none to be had. */
export async function claimTry(ctx: Context, accountId: string): Promise<Date | undefined> {
  const now = ctx.now();
  const beyond = sql<number>`factor_tries.tries + 1 - ${freeTries}::int`;
  const waitSeconds = sql`${firstWaitMs / 1_000}::float * power(2, least(${beyond}, ${mostDoublings}::int))`;
  // Free tries leave the time alone: another's clock may be a millisecond ahead, and would block this one.
  const blockedUntil = sql<Date>`case when ${beyond} < 0 then factor_tries.blocked_until
    else ${now}::timestamptz + make_interval(secs => ${waitSeconds}) end`;
  const claimed = await ctx.db
    .insertInto("factor_tries")
    .values({ account_id: accountId, tries: 1, blocked_until: new Date(0) })
    .onConflict((conflict) =>
      conflict
        .column("account_id")
        .doUpdateSet({ tries: sql<number>`factor_tries.tries + 1`, blocked_until: blockedUntil })
        .where("factor_tries.blocked_until", "<=", now),
    )
    .returning("tries")
    .executeTakeFirst();
  if (claimed) return undefined;
  const blocked = ctx.db.selectFrom("factor_tries").select("blocked_until").where("account_id", "=", accountId);
  return (await blocked.executeTakeFirst())?.blocked_until;
}

export async function forgetTries(ctx: Context, accountId: string): Promise<void> {
  await ctx.db.deleteFrom("factor_tries").where("account_id", "=", accountId).execute();
}

export async function replaceRecoveryCodes(ctx: Context, accountId: string, hashes: readonly Buffer[]): Promise<void> {
  await ctx.db.deleteFrom("recovery_codes").where("account_id", "=", accountId).execute();
  if (hashes.length === 0) return;
  const rows = hashes.map((code_hash) => ({ account_id: accountId, code_hash }));
  await ctx.db.insertInto("recovery_codes").values(rows).execute();
}

/** False when there is no such code, or somebody used it. */
export async function useRecoveryCode(ctx: Context, accountId: string, codeHash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("recovery_codes")
    .set({ used_at: ctx.now() })
    .where("account_id", "=", accountId)
    .where("code_hash", "=", codeHash)
    .where("used_at", "is", null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export interface Factors {
  readonly totp: boolean;
  readonly passkeys: number;
  readonly recoveryCodesLeft: number;
  /** Whether the policy of the account's role demands one. */
  readonly isRequired: boolean;
}

/** Which second factors an account has, and whether it must have one. */
export async function countFactors(ctx: Context, accountId: string): Promise<Factors> {
  const { rows } = await sql<{ totp: boolean; passkeys: number; recovery: number; required: boolean }>`
    select exists (select from totp_secrets where account_id = ${accountId} and confirmed_at is not null) as totp,
      (select count(*)::int from passkeys where account_id = ${accountId}) as passkeys,
      (select count(*)::int from recovery_codes where account_id = ${accountId} and used_at is null) as recovery,
      exists (select from role_policies p join accounts a on a.role = p.role
        where a.id = ${accountId} and p.require_second_factor) as required`.execute(ctx.db);
  const [row] = rows;
  return {
    totp: row?.totp ?? false,
    passkeys: row?.passkeys ?? 0,
    recoveryCodesLeft: row?.recovery ?? 0,
    isRequired: row?.required ?? false,
  };
}

/** What an account is asked for after its password; nothing when it has no second factor. */
export function waysOf({ totp, passkeys, recoveryCodesLeft }: Factors): SecondWay[] {
  if (!totp && passkeys === 0) return [];
  const has = { totp, recovery: recoveryCodesLeft > 0, passkey: passkeys > 0 };
  return (["totp", "recovery", "passkey"] as const).filter((way) => has[way]);
}
