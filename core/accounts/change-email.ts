import type { accounts, InputOf, ReplyOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { wrongChangeCode } from "./account.ts";
import { proveOwner } from "./change-password.ts";
import { spendCode } from "./code-store.ts";
import { mailPurposes, newCode, purposes } from "./codes.ts";
import { addressChangedMail, knownAddressMail, newAddressMail } from "./mails.ts";
import { findPassword } from "./password-store.ts";
import { deleteUnverified, findAccountByEmail, lockAddress, saveEmail } from "./store.ts";
import { type Account, getAccount } from "./views.ts";

/** Mails a code to the address that is to be one's own. Whether it has an account shows to its owner only. */
export async function requestEmailChange(
  ctx: Context,
  { email, password }: InputOf<typeof accounts.requestEmailChange>,
): Promise<ReplyOf<typeof accounts.requestEmailChange>> {
  const { accountId } = await proveOwner(ctx, password);
  await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    const known = await findAccountByEmail(ctx, email);
    const mailPurpose = mailPurposes.address(accountId);
    const code = await newCode(ctx, { purpose: purposes.address(accountId, email), mailPurpose, address: email });
    await record(ctx, { name: "accounts.email_change_requested" });
    const { username } = await findPassword(ctx, accountId);
    if (known && known.state !== "unverified") {
      const to = { accountId: known.id, address: email, username: known.username };
      await sendMail(ctx, knownAddressMail(to, mailPurpose));
    } else await sendMail(ctx, newAddressMail({ accountId, address: email, username }, code));
  });
  return { sent: true };
}

/** Makes the address one's own: its owner proved it with the code. The former address hears of it. */
export async function changeEmail(
  ctx: Context,
  { email, code }: InputOf<typeof accounts.changeEmail>,
): Promise<Account> {
  const accountId = accountOf(ctx.actor);
  const isChanged = await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    // Committed, not thrown: the try counts.
    if (!(await spendCode(ctx, purposes.address(accountId, email), code))) return false;
    const former = await findPassword(ctx, accountId);
    // A sign-up that nobody confirmed holds no address against whoever proves it.
    await deleteUnverified(ctx, email);
    await saveEmail(ctx, accountId, email);
    await record(ctx, { name: "accounts.email_changed" });
    await sendMail(ctx, addressChangedMail({ accountId, address: former.email, username: former.username }));
    return true;
  });
  if (!isChanged) throw wrongChangeCode();
  return getAccount(ctx, accountId);
}
