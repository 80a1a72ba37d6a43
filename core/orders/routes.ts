import { orders as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { showLease } from "../leases/index.ts";
import { serve } from "../platform/http.ts";
import { countOrders, findOrders } from "./list-store.ts";
import { toOrder } from "./order.ts";
import { redeemSerial } from "./redeem.ts";

export function orderRoutes(app: FastifyInstance): void {
  serve(app, api.redeemSerial, async (ctx, { code }) => {
    const order = await redeemSerial(ctx, code);
    return { order: toOrder(order), lease: await showLease(ctx, order.lease_id) };
  });
  serve(app, api.listOrders, findOrders);
  serve(app, api.countOrders, countOrders);
}
