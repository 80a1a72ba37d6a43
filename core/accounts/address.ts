import type { Context } from "../platform/context.ts";

/** An address as `accounts` holds it: sealed for its row, and found by a keyed hash. */
export function sealEmail(ctx: Context, accountId: string, email: string) {
  return { email: ctx.keys.seal(emailPlace(accountId), email), email_index: indexOfEmail(ctx, email) };
}

export function openEmail(ctx: Context, { id, email }: { id: string; email: Buffer | null }): string {
  if (!email) throw new Error(`the address of ${id} is not sealed yet`);
  return ctx.keys.open(emailPlace(id), email).toString();
}

/** By what an address is found, whatever its case. */
export function indexOfEmail(ctx: Context, email: string): Buffer {
  return ctx.keys.blindIndex("accounts|email", email);
}

const emailPlace = (accountId: string) => `accounts|email|${accountId}`;
