import type { accounts, InputOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { wrongCode } from "./account.ts";
import { findConfirmed, spendCode } from "./code-store.ts";
import { purposes } from "./codes.ts";
import { isPasswordOf } from "./password.ts";
import { beginSession, type SignedIn } from "./sign-in.ts";
import { activateAccount, findAccountByEmail, lockAddress, replaceUnverified } from "./store.ts";

/**
 * Confirms an address with its mailed code and signs in. The password must be that of the sign-up which the code was made
 * for: otherwise a stranger could sign up with somebody's address and wait for the owner to confirm it for them. A wrong
 * password costs a try like a wrong code. Another's sign-up meanwhile takes nothing from a code that was mailed: it confirms
 * the name and the password that it was asked for with.
 */
export async function verifyEmail(
  ctx: Context,
  { email, code, password }: InputOf<typeof accounts.verifyEmail>,
  exchange: Exchange,
): Promise<SignedIn> {
  const purpose = purposes.signUp(email);
  const confirmed = await findConfirmed(ctx, purpose, code);
  // The same work for a code that is none.
  const isProven = await isPasswordOf(confirmed?.passwordHash, password);
  const signedIn = await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    const account = await findAccountByEmail(ctx, email);
    if (account?.state !== "unverified") return undefined;
    // Committed, not thrown: the try counts.
    if (!(await spendCode(ctx, purpose, isProven ? code : "")) || !confirmed) return undefined;
    await replaceUnverified(ctx, account.id, confirmed);
    await activateAccount(ctx, account.id, "customer");
    await record(ctx, { name: "accounts.verified", accountId: account.id });
    return beginSession(ctx, account.id, { ways: ["password", "code"], exchange });
  });
  if (!signedIn) throw wrongCode();
  return signedIn;
}
