import type { accounts, InputOf, ReplyOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { wrongCode } from "./account.ts";
import { spendCode } from "./code-store.ts";
import { mailPurposes, newCode, purposes } from "./codes.ts";
import { noAccountMail, passwordChangedMail, resetMail } from "./mails.ts";
import { hashPassword } from "./password.ts";
import { deleteSessions, noteReset, savePassword } from "./password-store.ts";
import { findAccountByEmail, lockAccount, lockAddress } from "./store.ts";

/**
 * Mails a code for a new password. Whether the address has an account shows neither in the answer nor, as far as can be, in
 * the time: the same rows, one mail.
 */
export async function requestReset(
  ctx: Context,
  { email }: InputOf<typeof accounts.requestReset>,
): Promise<ReplyOf<typeof accounts.requestReset>> {
  await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    const known = await findAccountByEmail(ctx, email);
    const mailPurpose = mailPurposes.reset;
    const code = await newCode(ctx, { purpose: purposes.reset(email), mailPurpose, address: email });
    const account = known?.state === "active" ? known : undefined;
    await record(ctx, { name: "accounts.reset_requested", accountId: account?.id });
    if (account) {
      await sendMail(ctx, resetMail({ accountId: account.id, address: email, username: account.username }, code));
    } else await sendMail(ctx, noAccountMail(email));
  });
  return { sent: true };
}

/**
 * Sets a new password with the mailed code. Whoever is signed in with the old one is out at once, and so are programs with the
 * account's API keys: its owner may have lost more than a password. Nobody is signed in.
 */
export async function resetPassword(
  ctx: Context,
  { email, code, password }: InputOf<typeof accounts.resetPassword>,
): Promise<ReplyOf<typeof accounts.resetPassword>> {
  // Hashed first, and for wrong codes as well: no connection waits for it, and the time tells nothing.
  const passwordHash = await hashPassword(password);
  const isReset = await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    const known = await findAccountByEmail(ctx, email);
    // Locked as by signing in: a session that the former password opens at this moment is among those that end.
    const account = known && (await lockAccount(ctx, known.id));
    const isOpen = account?.state === "active";
    // Committed, not thrown: the try counts.
    if (!(await spendCode(ctx, purposes.reset(email), isOpen ? code : "")) || !account) return false;
    await savePassword(ctx, account.id, passwordHash);
    await noteReset(ctx, account.id);
    const sessions = await deleteSessions(ctx, account.id);
    await record(ctx, { name: "accounts.password_reset", accountId: account.id, data: { sessions } });
    await sendMail(ctx, passwordChangedMail({ accountId: account.id, address: email, username: account.username }));
    return true;
  });
  if (!isReset) throw wrongCode();
  return { changed: true };
}
