import type { InputOf, staff } from "@berth/api";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { emailTaken } from "./account.ts";
import { invitationMail } from "./mails.ts";
import { lockManaged } from "./managed.ts";
import { insertCustomer, saveUsername } from "./staff-store.ts";
import { deleteUnverified, findAccountByEmail, lockAddress } from "./store.ts";
import { type Account, getAccount } from "./views.ts";

/** Makes a customer's account without a password. Its owner sets one with a mailed code, which proves the address. */
export async function createAccountFor(
  ctx: Context,
  { username, email }: InputOf<typeof staff.createAccount>,
): Promise<Account> {
  return transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    const known = await findAccountByEmail(ctx, email);
    if (known && known.state !== "unverified") throw emailTaken();
    await deleteUnverified(ctx, email);
    const accountId = await insertCustomer(ctx, { username, email });
    await record(ctx, { name: "accounts.created", accountId });
    await sendMail(ctx, invitationMail({ accountId, address: email, username }));
    return getAccount(ctx, accountId);
  });
}

/** Gives an account another name. */
export async function editAccount(
  ctx: Context,
  { accountId, username }: InputOf<typeof staff.editAccount>,
): Promise<Account> {
  return transaction(ctx, async (ctx) => {
    await lockManaged(ctx, accountId);
    await saveUsername(ctx, accountId, username);
    await record(ctx, { name: "accounts.edited", accountId });
    return getAccount(ctx, accountId);
  });
}
