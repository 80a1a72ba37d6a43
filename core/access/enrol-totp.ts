import { randomBytes } from "node:crypto";
import type { access, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { getAccount } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { counted } from "./counted.ts";
import { tooManyTries, wrongFactor } from "./factor.ts";
import { claimTry, confirmSecret, deleteTotp, findTotp, forgetTries, savePendingTotp } from "./factor-store.ts";
import { holdSession } from "./hold-session.ts";
import { totpPlace } from "./prove.ts";
import { recordChange } from "./record-change.ts";
import { dropUselessRecoveryCodes, ensureRecoveryCodes } from "./recovery-codes.ts";
import { findStep, secretText, totpUrl } from "./totp.ts";

/** A new secret for an authenticator app. It counts once a first code of it was shown; until then it may be replaced. */
export async function enrolTotp(ctx: Context): Promise<ReplyOf<typeof access.enrolTotp>> {
  const accountId = accountOf(ctx.actor);
  const secret = randomBytes(20);
  const { username } = await getAccount(ctx, accountId);
  await transaction(ctx, async (ctx) => {
    const isSaved = await savePendingTotp(ctx, accountId, ctx.keys.seal(totpPlace(accountId), secret));
    if (!isSaved) {
      throw new Refusal("conflict", "access.totp_enrolled", "remove the authenticator app that is enrolled first");
    }
    await record(ctx, { name: "access.totp_begun" });
  });
  return { secret: secretText(secret), url: totpUrl(secret, username) };
}

/** Makes the secret count. Its first code is spent by that. With the first factor come recovery codes. */
export async function confirmTotp(
  ctx: Context,
  { code }: InputOf<typeof access.confirmTotp>,
): Promise<ReplyOf<typeof access.confirmTotp>> {
  const accountId = accountOf(ctx.actor);
  return counted(ctx, async (ctx) => {
    await holdSession(ctx);
    const blockedUntil = await claimTry(ctx, accountId);
    if (blockedUntil) return tooManyTries(blockedUntil, ctx.now());
    const row = await findTotp(ctx, accountId);
    if (!row || row.confirmed_at) return wrongFactor();
    const step = findStep(ctx.keys.open(totpPlace(accountId), row.secret), code, ctx.now());
    if (step === undefined || !(await confirmSecret(ctx, accountId, row.secret, step))) return wrongFactor();
    await forgetTries(ctx, accountId);
    await recordChange(ctx, accountId, { name: "access.totp_enrolled" });
    return { recoveryCodes: await ensureRecoveryCodes(ctx, accountId) };
  });
}

export async function removeTotp(ctx: Context): Promise<{ removed: true }> {
  const accountId = accountOf(ctx.actor);
  await transaction(ctx, async (ctx) => {
    if (!(await deleteTotp(ctx, accountId))) {
      throw new Refusal("not_found", "access.no_totp", "no authenticator app is enrolled");
    }
    await dropUselessRecoveryCodes(ctx, accountId);
    await recordChange(ctx, accountId, { name: "access.totp_removed" });
  });
  return { removed: true };
}
