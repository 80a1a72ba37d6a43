import { newId, Refusal } from "@berth/kit";
import { requireBuyer } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { getPlan } from "../catalogue/index.ts";
import { grantLease } from "../leases/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { countWrongCode, requireUnlocked, type TakenSerial, useSerial } from "../serials/index.ts";
import type { OrderRow } from "./order.ts";
import { insertOrder } from "./store.ts";

/** Turns a code into an order and a lease: all of it, once, or nothing. Wrong codes are counted, and lock after five. */
export async function redeemSerial(ctx: Context, code: string): Promise<OrderRow> {
  await requireBuyer(ctx);
  const result = await transaction(ctx, async (ctx) => {
    await requireUnlocked(ctx);
    const serial = await useSerial(ctx, code);
    // Counted in a transaction that commits: the refusal comes after it.
    return serial ? fulfil(ctx, serial) : { triesLeft: await countWrongCode(ctx) };
  });
  if ("id" in result) return result;
  const { triesLeft } = result;
  const tries = triesLeft === 1 ? "1 try left" : `${triesLeft} tries left`;
  throw new Refusal("invalid", "serials.not_redeemable", `this serial can't be redeemed; check the print; ${tries}`, {
    triesLeft,
  });
}

async function fulfil(ctx: Context, serial: TakenSerial): Promise<OrderRow> {
  const accountId = accountOf(ctx.actor);
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
