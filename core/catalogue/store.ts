import { Refusal } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { isUniqueViolation } from "../platform/database.ts";
import type { PlanRow } from "./plan.ts";

export const plansWithPrices = (ctx: Context) =>
  ctx.db
    .selectFrom("plans")
    .innerJoin("prices", "prices.plan_id", "plans.id")
    .selectAll("plans")
    .select(["prices.minor", "prices.currency"]);

export async function insertPlan(ctx: Context, { minor, currency, ...plan }: PlanRow): Promise<void> {
  try {
    await ctx.db
      .insertInto("plans")
      .values({ ...plan, options: JSON.stringify(plan.options) })
      .execute();
  } catch (error) {
    if (!isUniqueViolation(error, "plan_name_once")) throw error;
    throw new Refusal("conflict", "catalogue.name_taken", `there is already a plan called ${plan.name}`);
  }
  await ctx.db.insertInto("prices").values({ plan_id: plan.id, minor, currency }).execute();
}

export async function getPlan(ctx: Context, planId: string): Promise<PlanRow> {
  const row = await plansWithPrices(ctx).where("plans.id", "=", planId).executeTakeFirst();
  if (!row) throw new Refusal("not_found", "catalogue.no_such_plan", `no plan ${planId}`);
  return row;
}

/** The currency of this installation, once a first price fixed it. */
export async function findCurrency(ctx: Context): Promise<string | undefined> {
  return (await ctx.db.selectFrom("prices").select("currency").limit(1).executeTakeFirst())?.currency;
}
