import { isAPIError } from "better-auth/api";
import type { Context } from "../platform/context.ts";
import { openAuth } from "./better-auth.ts";
import type { Client, Issued } from "./session.ts";
import { deleteExpiredVerification, deleteVerification } from "./store.ts";

/** How better-auth names the row of a code. */
const codeOf = (email: string) => `email-verification-otp-${email}`;

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
export async function createCode(ctx: Context, email: string): Promise<string> {
  await deleteVerification(ctx, codeOf(email));
  const { api } = openAuth(ctx, {});
  return api.createVerificationOTP({ body: { email, type: "email-verification" } });
}

/** Spends the address's code and signs in. A wrong one counts as a try and yields nothing: let the transaction commit. */
export async function spendCode(
  ctx: Context,
  email: string,
  code: string,
  client: Client,
): Promise<Issued | undefined> {
  await deleteExpiredVerification(ctx, codeOf(email));
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

interface Proven {
  readonly email: string;
  /** The hash that the password was found to belong to. */
  readonly passwordHash: string;
  readonly client: Client;
}

/** A session for an account with a proven password; nothing when the password was changed since, or the address is unverified. */
export async function startSession(ctx: Context, { email, passwordHash, client }: Proven): Promise<Issued | undefined> {
  let issued: Issued | undefined;
  const { api } = openAuth(ctx, { passwordHash, client, onSession: (session) => (issued = session) });
  try {
    await api.signInEmail({ body: { email, password: passwordHash } });
  } catch (error) {
    if (!isAPIError(error)) throw error;
    return undefined;
  }
  return issued;
}
