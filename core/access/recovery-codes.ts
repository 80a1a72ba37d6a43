import { randomBytes } from "node:crypto";
import { base32, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { countFactors, replaceRecoveryCodes, waysOf } from "./factor-store.ts";
import { hashRecoveryCode } from "./prove.ts";
import { recordChange } from "./record-change.ts";

const codes = 10;

/** 120 random bits in four groups, for paper. */
function newRecoveryCode(): string {
  return (base32(randomBytes(15)).match(/.{6}/g) ?? []).join("-");
}

async function makeRecoveryCodes(ctx: Context, accountId: string): Promise<string[]> {
  const made = Array.from({ length: codes }, newRecoveryCode);
  await replaceRecoveryCodes(
    ctx,
    accountId,
    made.map((code) => hashRecoveryCode(ctx, accountId, code)),
  );
  await record(ctx, { name: "access.recovery_codes_made" });
  return made;
}

/** Codes for who has just got a second factor and none to fall back on; nothing for who has some. */
export async function ensureRecoveryCodes(ctx: Context, accountId: string): Promise<string[]> {
  const { recoveryCodesLeft } = await countFactors(ctx, accountId);
  return recoveryCodesLeft > 0 ? [] : makeRecoveryCodes(ctx, accountId);
}

/** Codes stand in for a second factor: without one there is nothing that they open. */
export async function dropUselessRecoveryCodes(ctx: Context, accountId: string): Promise<void> {
  if (waysOf(await countFactors(ctx, accountId)).length === 0) await replaceRecoveryCodes(ctx, accountId, []);
}

/** New codes in place of all earlier ones, which end with that. */
export async function renewRecoveryCodes(ctx: Context): Promise<{ recoveryCodes: string[] }> {
  const accountId = accountOf(ctx.actor);
  return transaction(ctx, async (ctx) => {
    if (waysOf(await countFactors(ctx, accountId)).length === 0) {
      throw new Refusal(
        "conflict",
        "access.no_second_factor",
        "recovery codes stand in for a second factor: enrol one",
      );
    }
    await recordChange(ctx, accountId, { name: "access.recovery_codes_renewed" });
    return { recoveryCodes: await makeRecoveryCodes(ctx, accountId) };
  });
}
