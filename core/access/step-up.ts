import type { access, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { findProvenAt, getAccount, markProven, provePassword } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { counted } from "./counted.ts";
import { proofMs, wrongFactor } from "./factor.ts";
import { countFactors, waysOf } from "./factor-store.ts";
import { assertionOptions, type Site } from "./passkey.ts";
import { findPasskeys } from "./passkey-store.ts";
import { proveFactor } from "./prove.ts";
import { saveChallenge } from "./ticket-store.ts";

function sessionOf({ actor }: Context): string {
  return actor.kind === "account" ? actor.sessionId : "";
}

/** A challenge is good for the session that asked for it, and for one purpose. */
export function boundToSession(ctx: Context, purpose: "register" | "step_up"): string {
  return `session:${sessionOf(ctx)}:${purpose}`;
}

/**
 * Refuses unless the session's owner proved within the last five minutes who they are; the refusal names the ways. Nobody
 * stands behind an API key who could.
 */
export async function requireStepUp(ctx: Context): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== "account") return;
  const provenAt = actor.via === "key" ? undefined : await findProvenAt(ctx, actor.sessionId);
  if (provenAt && ctx.now().getTime() - provenAt.getTime() < proofMs) return;
  const ways = actor.via === "key" ? [] : await stepUpWays(ctx, actor.accountId);
  throw new Refusal("forbidden", "accounts.step_up", "prove once more who you are, then try again", { ways });
}

/** Once there is a second factor a password is not enough: whoever took over a session may know it. */
async function stepUpWays(ctx: Context, accountId: string) {
  const ways = waysOf(await countFactors(ctx, accountId));
  return ways.length > 0 ? ways : (["password"] as const);
}

/** A challenge for one of one's own passkeys. */
export async function askStepUpPasskey(ctx: Context, site: Site): Promise<ReplyOf<typeof access.askStepUpPasskey>> {
  const passkeys = await findPasskeys(ctx, accountOf(ctx.actor));
  if (passkeys.length === 0) throw wrongFactor();
  const options = await assertionOptions(site, passkeys, "preferred");
  await saveChallenge(ctx, boundToSession(ctx, "step_up"), options.challenge);
  return { options: { ...options } };
}

/** Notes a fresh proof with the session: dangerous routes are open to it for five minutes. */
export async function stepUp(
  ctx: Context,
  { proof }: InputOf<typeof access.stepUp>,
  site: Site,
): Promise<ReplyOf<typeof access.stepUp>> {
  const accountId = accountOf(ctx.actor);
  if (proof.way === "password") await requirePassword(ctx, accountId, proof.password);
  return counted(ctx, async (ctx) => {
    if (proof.way !== "password") {
      const asked = { site, boundTo: boundToSession(ctx, "step_up"), userVerification: "preferred" } as const;
      const refusal = await proveFactor(ctx, accountId, proof, asked);
      if (refusal) return refusal;
    }
    await markProven(ctx, sessionOf(ctx));
    await record(ctx, { name: "access.stepped_up", data: { way: proof.way } });
    return { provenUntil: new Date(ctx.now().getTime() + proofMs).toISOString() };
  });
}

async function requirePassword(ctx: Context, accountId: string, password: string): Promise<void> {
  const ways = await stepUpWays(ctx, accountId);
  const { email } = await getAccount(ctx, accountId);
  const isRight = (await provePassword(ctx, email, password)).passwordHash !== undefined;
  if (isRight && ways.some((way) => way === "password")) return;
  await transaction(ctx, (ctx) => record(ctx, { name: "access.factor_refused", data: { way: "password" } }));
  throw wrongFactor();
}
