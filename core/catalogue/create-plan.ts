import type { catalogue, InputOf } from "@berth/api";
import { newId, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Context, transaction } from "../platform/context.ts";
import { getOffering } from "../platform/offerings.ts";
import { type Plan, type PlanRow, toPlan } from "./plan.ts";
import { findCurrency, insertPlan } from "./store.ts";

/** Makes a plan. What its kind can set is checked by the kind; the first price fixes the installation's currency. */
export async function createPlan(ctx: Context, input: InputOf<typeof catalogue.createPlan>): Promise<Plan> {
  const options = parseOptions(ctx, input.kind, input.options);
  return transaction(ctx, async (ctx) => {
    const currency = await findCurrency(ctx);
    if (currency && currency !== input.price.currency) {
      throw new Refusal("conflict", "catalogue.other_currency", `prices here are in ${currency}`, { currency });
    }
    const now = ctx.now();
    const row: PlanRow = {
      id: newId("plan", now),
      name: input.name,
      kind: input.kind,
      options,
      duration_days: input.durationDays,
      traffic_bytes: input.trafficBytes === null ? null : BigInt(input.trafficBytes),
      mbps: input.mbps,
      devices: input.devices,
      reset: input.reset,
      regions: input.regions,
      on_sale: input.onSale,
      created_at: now,
      minor: BigInt(input.price.minor),
      currency: input.price.currency,
    };
    await insertPlan(ctx, row);
    await record(ctx, { name: "catalogue.plan_created", data: { planId: row.id, kind: row.kind } });
    return toPlan(row);
  });
}

function parseOptions(ctx: Context, kind: string, options: unknown): unknown {
  const parsed = getOffering(ctx.offerings, kind).options.safeParse(options);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ at: `/options/${path.join("/")}`, message }));
  throw new Refusal("invalid", "catalogue.bad_options", `these options do not fit ${kind}`, { issues });
}
