import { type Call, type CallOf, catalogue, orders, serials } from "@berth/api";
import { dayMs } from "@berth/kit";
import type { TestControl } from "./control.ts";

let count = 0;

/** A plan of relays for 30 days. */
export function planOf(operator: Call, change: Partial<CallOf<typeof catalogue.createPlan>> = {}) {
  count += 1;
  return operator(catalogue.createPlan, {
    name: `Plan ${count}`,
    kind: "derp",
    durationDays: 30,
    price: { minor: "500", currency: "EUR" },
    ...change,
  });
}

/** A batch of paid serials with their codes, redeemable for ten days. */
export function batchOf(
  control: TestControl,
  staff: Call,
  change: Partial<CallOf<typeof serials.createBatch>> & Pick<CallOf<typeof serials.createBatch>, "planId">,
) {
  const redeemBy = new Date(control.ctx.now().getTime() + 10 * dayMs).toISOString();
  return staff(serials.createBatch, { name: "Batch", count: 1, redeemBy, ...change });
}

/** A customer with a fresh lease of a fresh plan. Somebody has to have made nodes. */
export async function soldLease(control: TestControl, change: Partial<CallOf<typeof catalogue.createPlan>> = {}) {
  const operator = await control.as("super_admin");
  const plan = await planOf(operator, change);
  const { codes } = await batchOf(control, operator, { planId: plan.id });
  const customer = await control.as("customer");
  const { lease, order } = await customer(orders.redeemSerial, { code: codes[0] as string });
  return { operator, customer, plan, lease, order };
}
