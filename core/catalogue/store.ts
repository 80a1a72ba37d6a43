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
  const row = { ...plan, options: JSON.stringify(plan.options) };
  await orTaken(plan.name, ctx.db.insertInto("plans").values(row).execute());
  await ctx.db.insertInto("prices").values({ plan_id: plan.id, minor, currency }).execute();
}

/** The plan, locked until the transaction ends. */
export async function lockPlan(ctx: Context, planId: string): Promise<PlanRow> {
  await ctx.db.selectFrom("plans").select("id").where("id", "=", planId).forUpdate().execute();
  return getPlan(ctx, planId);
}

/** Keeps a locked plan's name, price and whether it is on sale. */
export async function savePlan(ctx: Context, { id, name, on_sale, minor }: PlanRow): Promise<void> {
  await orTaken(name, ctx.db.updateTable("plans").set({ name, on_sale }).where("id", "=", id).execute());
  await ctx.db.updateTable("prices").set({ minor }).where("plan_id", "=", id).execute();
}

async function orTaken(name: string, write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isUniqueViolation(error, "plan_name_once")) throw error;
    throw new Refusal("conflict", "catalogue.name_taken", `there is already a plan called ${name}`);
  }
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
