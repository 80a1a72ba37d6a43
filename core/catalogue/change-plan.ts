import type { catalogue, InputOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { type Plan, type PlanRow, toPlan } from "./plan.ts";
import { findCurrency, lockPlan, savePlan } from "./store.ts";

/** Changes what a plan is called, what it costs and whether it is on sale. What was sold before stays as it was sold. */
export async function changePlan(ctx: Context, input: InputOf<typeof catalogue.changePlan>): Promise<Plan> {
  return transaction(ctx, async (ctx) => {
    const former = await lockPlan(ctx, input.planId);
    const { price } = input;
    const currency = await findCurrency(ctx);
    if (price && currency && price.currency !== currency) {
      throw new Refusal("conflict", "catalogue.other_currency", `prices here are in ${currency}`, { currency });
    }
    const plan = {
      ...former,
      name: input.name ?? former.name,
      on_sale: input.onSale ?? former.on_sale,
      minor: price ? BigInt(price.minor) : former.minor,
    };
    await savePlan(ctx, plan);
    const data = { planId: plan.id, ...said(plan), ...before(former) };
    await record(ctx, { name: "catalogue.plan_changed", data });
    return toPlan(plan);
  });
}

const said = ({ name, on_sale, minor }: PlanRow) => ({ name, onSale: on_sale, priceMinor: minor.toString() });

const before = ({ name, on_sale, minor }: PlanRow) => ({
  nameBefore: name,
  onSaleBefore: on_sale,
  priceMinorBefore: minor.toString(),
});
