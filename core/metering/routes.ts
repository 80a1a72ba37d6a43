import { metering as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { showLeaseUsage } from "./lease-usage.ts";
import { findUsage } from "./views.ts";

export function meteringRoutes(app: FastifyInstance): void {
  serve(app, api.getUsage, findUsage);
  serve(app, api.getLeaseUsage, showLeaseUsage);
}
