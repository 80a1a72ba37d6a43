import { catalogue as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { changePlan } from "./change-plan.ts";
import { createPlan } from "./create-plan.ts";
import { findPlans } from "./list-store.ts";

export function catalogueRoutes(app: FastifyInstance): void {
  serve(app, api.createPlan, createPlan);
  serve(app, api.changePlan, changePlan);
  serve(app, api.listPlans, findPlans);
}
