import type { access, ReplyOf } from "@berth/api";
import { accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { countFactors } from "./factor-store.ts";
import { findPasskeys } from "./passkey-store.ts";
import { toPasskey } from "./register-passkey.ts";

/** One's own second factors. */
export async function findFactors(ctx: Context): Promise<ReplyOf<typeof access.getFactors>> {
  const accountId = accountOf(ctx.actor);
  const factors = await countFactors(ctx, accountId);
  return { ...factors, passkeys: (await findPasskeys(ctx, accountId)).map(toPasskey) };
}
