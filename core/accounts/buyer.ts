import { Refusal } from "@berth/kit";
import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { readSetting } from "../settings/index.ts";
import { accountNotFound } from "./account.ts";
import { openEmail } from "./address.ts";
import { disposableDomains } from "./settings.ts";
import { findAccount } from "./views.ts";

/**
 * Refuses who may not get anything to lease: nobody proved their address, or it is one that is thrown away and could be told
 * nothing. Another address can be made theirs first; what they wanted to redeem is not spent.
 */
export async function requireBuyer(ctx: Context): Promise<void> {
  const accountId = accountOf(ctx.actor);
  const account = await findAccount(ctx, accountId);
  if (!account) throw accountNotFound(accountId);
  if (!account.email_verified) {
    throw new Refusal("forbidden", "accounts.address_not_proven", "prove your e-mail address first");
  }
  if (isDisposable(openEmail(ctx, account), await readSetting(ctx, disposableDomains))) {
    const message = "your e-mail address is one that is thrown away: make another one your account's first";
    throw new Refusal("forbidden", "accounts.disposable_address", message);
  }
}

/** Whether an address is at one of these domains, or below one. */
export function isDisposable(email: string, domains: readonly string[]): boolean {
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  return domains.some((one) => domain === one || domain.endsWith(`.${one}`));
}
