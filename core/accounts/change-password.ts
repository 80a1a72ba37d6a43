import type { accounts, InputOf, ReplyOf } from "@berth/api";
import { record } from "../audit/index.ts";
import { sendMail } from "../notices/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { wrongPassword } from "./account.ts";
import { forgetCodes } from "./code-store.ts";
import { purposes } from "./codes.ts";
import { passwordChangedMail } from "./mails.ts";
import { hashPassword, isPasswordOf } from "./password.ts";
import { deleteSessions, findPassword, replacePassword } from "./password-store.ts";
import { lockAccount } from "./store.ts";

/** Changes one's own password, which takes the present one. The session that asks goes on; all others end. */
export async function changePassword(
  ctx: Context,
  { currentPassword, password }: InputOf<typeof accounts.changePassword>,
): Promise<ReplyOf<typeof accounts.changePassword>> {
  const { accountId, proven } = await proveOwner(ctx, currentPassword);
  const passwordHash = await hashPassword(password);
  await transaction(ctx, async (ctx) => {
    // As signing in does: a session that the former password opens at this moment is among those that end.
    await lockAccount(ctx, accountId);
    if (!(await replacePassword(ctx, accountId, { proven, passwordHash }))) throw wrongPassword();
    const { email, username } = await findPassword(ctx, accountId);
    await forgetCodes(ctx, purposes.reset(email));
    const sessionId = ctx.actor.kind === "account" ? ctx.actor.sessionId : undefined;
    const sessions = await deleteSessions(ctx, accountId, sessionId);
    await record(ctx, { name: "accounts.password_changed", data: { sessions } });
    await sendMail(ctx, passwordChangedMail({ accountId, address: email, username }));
  });
  return { changed: true };
}

/** Whose session it is, with the hash that their password was found to belong to. A wrong one leaves its event. */
export async function proveOwner(ctx: Context, password: string): Promise<{ accountId: string; proven: string }> {
  const accountId = accountOf(ctx.actor);
  const stored = (await findPassword(ctx, accountId)).password ?? undefined;
  if ((await isPasswordOf(stored, password)) && stored) return { accountId, proven: stored };
  await record(ctx, { name: "accounts.password_refused" });
  throw wrongPassword();
}
