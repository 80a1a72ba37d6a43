import { orders as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { showLease } from "../leases/index.ts";
import { scopeOf } from "../platform/actor.ts";
import { serve } from "../platform/http.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import { toOrder } from "./order.ts";
import { redeemSerial } from "./redeem.ts";
import { findOrders } from "./store.ts";

export function orderRoutes(app: FastifyInstance): void {
  serve(app, api.redeemSerial, async (ctx, { code }) => {
    const order = await redeemSerial(ctx, code);
    return { order: toOrder(order), lease: await showLease(ctx, order.lease_id) };
  });
  serve(app, api.listOrders, async (ctx, { after, limit }) => {
    const accountId = scopeOf(ctx.actor, "leases.any");
    return toPage(await findOrders(ctx, { accountId, after: pageAfter(after), limit }), limit, toOrder);
  });
}
