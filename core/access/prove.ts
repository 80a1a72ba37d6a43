import { record } from "../audit/index.ts";
import type { Context } from "../platform/context.ts";
import { type Assertion, type SecondProof, tooManyTries, wrongFactor } from "./factor.ts";
import { advanceStep, claimTry, findTotp, forgetTries, useRecoveryCode } from "./factor-store.ts";
import { readAssertion, type Site, type UserVerification } from "./passkey.ts";
import { advanceCounter, findPasskey } from "./passkey-store.ts";
import { recordChange } from "./record-change.ts";
import { takeChallenge } from "./ticket-store.ts";
import { findStep } from "./totp.ts";

/** Where a passkey's challenge was given out, and for which site. */
export interface Asked {
  readonly site: Site;
  readonly boundTo: string;
  readonly userVerification: UserVerification;
}

/** Tries a second factor; returns why it proves nothing. In a transaction that commits either way: tries count. */
export async function proveFactor(ctx: Context, accountId: string, proof: SecondProof, asked: Asked) {
  const refusal = await tryFactor(ctx, accountId, proof, asked);
  if (refusal) {
    await record(ctx, { name: "access.factor_refused", accountId, data: { way: proof.way, reason: refusal.code } });
  }
  return refusal;
}

function tryFactor(ctx: Context, accountId: string, proof: SecondProof, asked: Asked) {
  switch (proof.way) {
    case "totp":
      return proveTotp(ctx, accountId, proof.code);
    case "recovery":
      return proveRecovery(ctx, accountId, proof.code);
    case "passkey":
      return provePasskey(ctx, accountId, proof.assertion, asked);
  }
}

export const totpPlace = (accountId: string) => `totp_secrets|secret|${accountId}`;

async function proveTotp(ctx: Context, accountId: string, code: string) {
  const blockedUntil = await claimTry(ctx, accountId);
  if (blockedUntil) return tooManyTries(blockedUntil, ctx.now());
  const step = await findTotpStep(ctx, accountId, code);
  if (step === undefined || !(await advanceStep(ctx, accountId, step))) return wrongFactor();
  await forgetTries(ctx, accountId);
  return undefined;
}

async function findTotpStep(ctx: Context, accountId: string, code: string): Promise<bigint | undefined> {
  const row = await findTotp(ctx, accountId);
  return row?.confirmed_at ? findStep(ctx.keys.open(totpPlace(accountId), row.secret), code, ctx.now()) : undefined;
}

/** What the table holds of a recovery code, however it was typed. */
export function hashRecoveryCode(ctx: Context, accountId: string, code: string): Buffer {
  return ctx.keys.hash("access.recovery_code", `${accountId}\0${code.toLowerCase().replaceAll(/[^0-9a-z]/g, "")}`);
}

/** Not counted: nobody guesses 120 bits, and a stranger's wrong codes must not lock out who lost a telephone. */
async function proveRecovery(ctx: Context, accountId: string, code: string) {
  const isGood = await useRecoveryCode(ctx, accountId, hashRecoveryCode(ctx, accountId, code));
  if (!isGood) return wrongFactor();
  await recordChange(ctx, accountId, { name: "access.recovery_code_used" });
  return undefined;
}

/** An answer spends its challenge, be it right or wrong. */
export async function provePasskey(ctx: Context, accountId: string, assertion: Assertion, asked: Asked) {
  const challenge = await takeChallenge(ctx, asked.boundTo);
  const row = await findPasskey(ctx, assertion.id);
  if (challenge === undefined || row?.account_id !== accountId) return wrongFactor();
  const counter = await readAssertion(asked.site, challenge, assertion, {
    row,
    userVerification: asked.userVerification,
  });
  if (counter === undefined) return wrongFactor();
  if (await advanceCounter(ctx, row.id, counter)) return undefined;
  await record(ctx, { name: "access.passkey_counter_regressed", accountId, data: { passkeyId: row.id } });
  return wrongFactor();
}
