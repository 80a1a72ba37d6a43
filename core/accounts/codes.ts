import { dropWaiting } from "../notices/index.ts";
import type { Context } from "../platform/context.ts";
import { type Confirmed, type MailedCode, makeCode } from "./code-store.ts";

/** What a mailed code opens. */
export const purposes = {
  signUp: (email: string) => `sign-up ${email}`,
  reset: (email: string) => `reset ${email}`,
  address: (accountId: string, email: string) => `address ${accountId} ${email}`,
};

/** How the outbox calls what a mail is about: without the address, which is the mail's own. */
export const mailPurposes = {
  signUp: "sign-up",
  reset: "reset",
  address: (accountId: string) => `address ${accountId}`,
};

interface NewCode {
  readonly purpose: string;
  readonly mailPurpose: string;
  readonly address: string;
  readonly confirms?: Confirmed;
}

/**
 * A code that is about to be mailed. One that still waits in the outbox is dropped for it; those that left stay good: a
 * stranger who asks for codes all the time takes none away from the address's owner. Call it with the address locked.
 */
export async function newCode(ctx: Context, { purpose, mailPurpose, address, confirms }: NewCode): Promise<MailedCode> {
  const replacesNewest = await dropWaiting(ctx, { address, purpose: mailPurpose });
  return makeCode(ctx, purpose, { replacesNewest, confirms });
}
