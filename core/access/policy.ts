import { type access, type InputOf, type ReplyOf, type Route, roles } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { countFactors, waysOf } from "./factor-store.ts";
import { findPolicies, savePolicy } from "./policy-store.ts";
import { requireStepUp } from "./step-up.ts";

type Policy = ReplyOf<typeof access.setPolicy>;

/** What each role demands; a role that nobody spoke of demands nothing. */
export async function listPolicies(ctx: Context): Promise<{ items: Policy[] }> {
  const demanding = new Set(
    (await findPolicies(ctx)).map(({ role, require_second_factor }) => require_second_factor && role),
  );
  return { items: roles.map((role) => ({ role, requireSecondFactor: demanding.has(role) })) };
}

/** Demands a second factor of a role, or no longer; it holds from the next request on, for open sessions as well. */
export async function setPolicy(ctx: Context, policy: InputOf<typeof access.setPolicy>): Promise<Policy> {
  return transaction(ctx, async (ctx) => {
    await savePolicy(ctx, policy);
    await record(ctx, { name: "access.policy_set", data: { ...policy } });
    return policy;
  });
}

/** What a declared route asks of its caller beyond permission: the factor that their role demands, and a fresh proof. */
export async function requireProof(ctx: Context, { permission, stepUp, beforeSecondFactor }: Route): Promise<void> {
  if (permission === "public" || ctx.actor.kind !== "account") return;
  if (!beforeSecondFactor) await requireSecondFactor(ctx, ctx.actor.accountId);
  if (stepUp) await requireStepUp(ctx);
}

async function requireSecondFactor(ctx: Context, accountId: string): Promise<void> {
  const factors = await countFactors(ctx, accountId);
  if (!factors.isRequired || waysOf(factors).length > 0) return;
  throw new Refusal("forbidden", "access.enrol_second_factor", "your role needs a second factor: enrol one first");
}
