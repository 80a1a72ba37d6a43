import { catalogue as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { pageAfter, toPage } from "../platform/paging.ts";
import { createPlan } from "./create-plan.ts";
import { toPlan } from "./plan.ts";
import { findPlans } from "./store.ts";

export function catalogueRoutes(app: FastifyInstance): void {
  serve(app, api.createPlan, createPlan);
  serve(app, api.listPlans, async (ctx, { after, limit }) =>
    toPage(await findPlans(ctx, pageAfter(after), limit), limit, toPlan),
  );
}
