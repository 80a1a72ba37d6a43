import { newId, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { getPlan } from "../catalogue/index.ts";
import { grantLease } from "../leases/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { countWrongCode, requireUnlocked, useSerial, WrongCode } from "../serials/index.ts";
import type { OrderRow } from "./order.ts";
import { insertOrder } from "./store.ts";

/** Turns a code into an order and a lease: all of it, once, or nothing. Wrong codes are counted, and lock after five. */
export async function redeemSerial(ctx: Context, code: string): Promise<OrderRow> {
  await requireUnlocked(ctx);
  try {
    return await transaction(ctx, (ctx) => redeem(ctx, code));
  } catch (error) {
    if (!(error instanceof WrongCode)) throw error;
    const triesLeft = await countWrongCode(ctx);
    throw new Refusal(error.kind, error.code, `${error.message}; ${triesLeft} tries left`, { triesLeft });
  }
}

async function redeem(ctx: Context, code: string): Promise<OrderRow> {
  const accountId = accountOf(ctx.actor);
  const serial = await useSerial(ctx, code);
  const plan = await getPlan(ctx, serial.planId);
  const leaseId = await grantLease(ctx, { accountId, plan, nodeIds: serial.nodeIds });
  const now = ctx.now();
  const order: OrderRow = {
    id: newId("order", now),
    account_id: accountId,
    plan_id: plan.id,
    kind: "redemption",
    state: "completed",
    lease_id: leaseId,
    serial_id: serial.id,
    price_minor: plan.minor,
    currency: plan.currency,
    created_at: now,
  };
  await insertOrder(ctx, order);
  await record(ctx, { name: "orders.redeemed", leaseId, data: { orderId: order.id, serialId: serial.id } });
  return order;
}
