import type { accounts, InputOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { wrongCode } from "./account.ts";
import { spendCode } from "./code-store.ts";
import { purposes } from "./codes.ts";
import { provePassword } from "./prove.ts";
import { beginSession, type SignedIn } from "./sign-in.ts";
import { activateAccount, findCredential, lockAddress } from "./store.ts";

/**
 * Confirms an address with its mailed code and signs in. The password must be that of the sign-up which the code was made
 * for: otherwise a stranger could sign up with somebody's address and wait for the owner to confirm it for them. A wrong
 * password costs a try like a wrong code.
 */
export async function verifyEmail(
  ctx: Context,
  { email, code, password }: InputOf<typeof accounts.verifyEmail>,
  exchange: Exchange,
): Promise<SignedIn> {
  const proof = await provePassword(ctx, email, password);
  const signedIn = await transaction(ctx, async (ctx) => {
    await lockAddress(ctx, email);
    const credential = await findCredential(ctx, email);
    if (credential?.state !== "unverified") return undefined;
    const isProven = proof.passwordHash !== undefined && proof.passwordHash === credential.password;
    // Committed, not thrown: the try counts.
    if (!(await spendCode(ctx, purposes.signUp(email), isProven ? code : ""))) return undefined;
    await activateAccount(ctx, credential.account_id, "customer");
    await record(ctx, { name: "accounts.verified", accountId: credential.account_id });
    return beginSession(ctx, credential.account_id, { ways: ["password", "code"], exchange });
  });
  if (!signedIn) throw wrongCode();
  return signedIn;
}
