import { findAddressee } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import type { Context } from "../platform/context.ts";

const changes = {
  "access.totp_enrolled": "An authenticator app was added",
  "access.totp_removed": "The authenticator app was removed",
  "access.passkey_added": "A passkey was added",
  "access.passkey_removed": "A passkey was removed",
  "access.recovery_codes_renewed": "New recovery codes were made, and the earlier ones ended",
  "access.recovery_code_used": "A recovery code was used to prove who you are",
} as const;

/**
 * Records that an account's ways to prove itself changed, and tells its owner by mail: whoever took over a session would
 * begin with that.
 */
export async function recordChange(
  ctx: Context,
  accountId: string,
  { name, data }: { name: keyof typeof changes; data?: Record<string, string> },
): Promise<void> {
  await record(ctx, { name, accountId, ...(data ? { data } : {}) });
  const { username, ...to } = await findAddressee(ctx, accountId);
  await sendMail(ctx, {
    ...to,
    kind: "access.factors_changed",
    urgency: "security",
    subject: "Your account proves itself in another way",
    body: `${changes[name]}: account ${username}, ${ctx.now().toISOString()}.

If that was you, there is nothing to do. If it was not, ask for a new password at once, which ends every session, and look at the account's second factors.
`,
  });
}
