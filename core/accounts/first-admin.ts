import { timingSafeEqual } from "node:crypto";
import type { accounts, InputOf } from "@berth/api";
import { newSecret, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import type { Exchange } from "../platform/http.ts";
import { ensureSecret, findSecret, forgetSecret, takeSecret } from "../settings/index.ts";
import { emailTaken } from "./account.ts";
import { hashPassword } from "./password.ts";
import { beginSession, type SignedIn } from "./sign-in.ts";
import { type Identity, saveUnverified } from "./sign-up.ts";
import { activateAccount, findAccountByEmail, hasActiveSuperAdmin, lockAddress, lockSuperAdmins } from "./store.ts";

const linkName = "accounts.first_link";

export interface FirstAdmin {
  /** With both, the first super admin is made at once, under the name `admin`. */
  readonly email?: string;
  readonly password?: string;
  readonly publicUrl: string;
}

/**
 * Sees to it that somebody can become super admin; returns the link for it, the same one until it is used, or nothing when
 * nobody needs one. Called at every start: an installation whose last super admin is gone gets a link again.
 */
export async function ensureFirstAdmin(
  ctx: Context,
  { email, password, publicUrl }: FirstAdmin,
): Promise<string | undefined> {
  return transaction(ctx, async (ctx) => {
    await lockSuperAdmins(ctx);
    if (await hasActiveSuperAdmin(ctx)) {
      await forgetSecret(ctx, linkName);
      return undefined;
    }
    if (email && password) {
      await makeSuperAdmin(ctx, {
        username: "admin",
        email: email.toLowerCase(),
        passwordHash: await hashPassword(password),
      });
      await forgetSecret(ctx, linkName);
      return undefined;
    }
    const secret = await ensureSecret(ctx, linkName, () => Buffer.from(newSecret()));
    return `${publicUrl}/first#${secret}`;
  });
}

/** Makes the first super admin with the link that a start printed, and signs in. The link works once. */
export async function claimInstallation(
  ctx: Context,
  { link, username, email, password }: InputOf<typeof accounts.claimInstallation>,
  exchange: Exchange,
): Promise<SignedIn> {
  // Looked at first, so that guessing links costs no hashes.
  requireLink(link, await findSecret(ctx, linkName));
  const passwordHash = await hashPassword(password);
  return transaction(ctx, async (ctx) => {
    await lockSuperAdmins(ctx);
    requireLink(link, await takeSecret(ctx, linkName));
    const accountId = await makeSuperAdmin(ctx, { username, email, passwordHash });
    return beginSession(ctx, accountId, { ways: ["password"], exchange });
  });
}

/** The secret is a fixed length, so comparing lengths first tells nothing. */
function requireLink(link: string, secret: Buffer | undefined): void {
  const given = Buffer.from(link);
  if (secret && given.length === secret.length && timingSafeEqual(given, secret)) return;
  throw new Refusal("unauthenticated", "accounts.wrong_link", "this link was used already, or never was one");
}

async function makeSuperAdmin(ctx: Context, identity: Identity): Promise<string> {
  await lockAddress(ctx, identity.email);
  const known = await findAccountByEmail(ctx, identity.email);
  if (known && known.state !== "unverified") {
    throw emailTaken();
  }
  const accountId = await saveUnverified(ctx, known, identity);
  await activateAccount(ctx, accountId, "super_admin");
  await record(ctx, { name: "accounts.first_admin_made", accountId });
  return accountId;
}
