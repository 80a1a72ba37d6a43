import type { accounts, InputOf, ReplyOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { usernameTaken } from "./account.ts";
import { mailPurposes, newCode, purposes } from "./codes.ts";
import { codeMail, knownAddressMail } from "./mails.ts";
import { hashPassword } from "./password.ts";
import { savePassword } from "./password-store.ts";
import {
  type AccountRow,
  findAccountByEmail,
  insertAccount,
  isUsernameTaken,
  lockAddress,
  replaceUnverified,
} from "./store.ts";

export interface Identity {
  readonly username: string;
  readonly email: string;
  readonly passwordHash: string;
}

/**
 * Mails a code to the address. Whether the address has an account shows neither in the answer nor, as far as can be, in the
 * time: the same hash, the same rows but for the account's own, one mail. The name is given at verification, to whoever
 * proves an address first; so asking for a name tells nothing about addresses either.
 */
export async function signUp(
  ctx: Context,
  { username, email, password }: InputOf<typeof accounts.signUp>,
): Promise<ReplyOf<typeof accounts.signUp>> {
  const passwordHash = await hashPassword(password);
  await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    if (await isUsernameTaken(ctx, username)) throw usernameTaken();
    const known = await findAccountByEmail(ctx, email);
    const purpose = purposes.signUp(email);
    const confirms = { username, passwordHash };
    const code = await newCode(ctx, { purpose, mailPurpose: mailPurposes.signUp, address: email, confirms });
    if (known && known.state !== "unverified") {
      const to = { accountId: known.id, address: email, username: known.username };
      await sendMail(ctx, knownAddressMail(to, mailPurposes.signUp));
      return;
    }
    const accountId = await saveUnverified(ctx, known, { username, email, passwordHash });
    await sendMail(ctx, codeMail({ accountId, address: email, username }, code));
  });
  return { sent: true };
}

/** Takes the place of an earlier sign-up that nobody confirmed. Call it with the address locked. */
export async function saveUnverified(ctx: Context, known: AccountRow | undefined, identity: Identity): Promise<string> {
  if (known) await replaceUnverified(ctx, known.id, identity);
  const accountId = known?.id ?? (await insertUnverified(ctx, identity));
  await record(ctx, { name: known ? "accounts.sign_up_repeated" : "accounts.signed_up", accountId });
  return accountId;
}

async function insertUnverified(ctx: Context, { username, email, passwordHash }: Identity): Promise<string> {
  const accountId = await insertAccount(ctx, { username, email, state: "unverified" });
  await savePassword(ctx, accountId, passwordHash);
  return accountId;
}
