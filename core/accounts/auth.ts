import { isAPIError } from "better-auth/api";
import type { Context } from "../platform/context.ts";
import { openAuth } from "./better-auth.ts";
import type { Client, Issued } from "./session.ts";
import { deleteExpiredVerification, deleteVerification } from "./store.ts";

/** What a mailed code is for, in better-auth's words. */
type CodeUse = "email-verification" | "forget-password";

/** How better-auth names the row of a code. */
const codeOf = (email: string, use: CodeUse) => `${use}-otp-${email}`;

export interface Identity {
  readonly username: string;
  readonly email: string;
  readonly passwordHash: string;
}

/** An unverified customer with a password. The address must be free. */
export async function createAccount(ctx: Context, { username, email, passwordHash }: Identity): Promise<string> {
  const { api } = openAuth(ctx, { passwordHash });
  try {
    // The password itself was hashed before: what stands here is only long enough to pass.
    const { user } = await api.signUpEmail({ body: { name: username, email, password: passwordHash } });
    return user.id;
  } catch (cause) {
    // Its errors carry a status, which would be taken for the caller's doing.
    throw new Error("the account could not be written", { cause });
  }
}

/** A code for this address, in place of any earlier one; only its keyed hash is stored. */
export async function createCode(ctx: Context, email: string, use: CodeUse): Promise<string> {
  await deleteVerification(ctx, codeOf(email, use));
  const { api } = openAuth(ctx, {});
  return api.createVerificationOTP({ body: { email, type: use } });
}

/** No code that was mailed for a new password works any more. */
export async function forgetResetCode(ctx: Context, email: string): Promise<void> {
  await deleteVerification(ctx, codeOf(email, "forget-password"));
}

/** Spends the address's code for a new password and sets it. False for a wrong one, which counts: let the transaction commit. */
export async function spendResetCode(
  ctx: Context,
  { email, code, passwordHash }: { email: string; code: string; passwordHash: string },
): Promise<boolean> {
  await deleteExpiredVerification(ctx, codeOf(email, "forget-password"));
  const { api } = openAuth(ctx, { passwordHash });
  try {
    await api.resetPasswordEmailOTP({ body: { email, otp: code, password: passwordHash } });
    return true;
  } catch (error) {
    if (!isAPIError(error)) throw error;
    return false;
  }
}

/** Spends the address's code and signs in. A wrong one counts as a try and yields nothing: let the transaction commit. */
export async function spendCode(
  ctx: Context,
  email: string,
  code: string,
  client: Client,
): Promise<Issued | undefined> {
  await deleteExpiredVerification(ctx, codeOf(email, "email-verification"));
  let issued: Issued | undefined;
  const { api } = openAuth(ctx, { client, onSession: (session) => (issued = session) });
  try {
    await api.verifyEmailOTP({ body: { email, otp: code } });
  } catch (error) {
    if (!isAPIError(error)) throw error;
    return undefined;
  }
  return issued;
}
