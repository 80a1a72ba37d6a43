import { audit as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { findHead } from "./head.ts";
import { findEvents, showEvent } from "./views.ts";

export function auditRoutes(app: FastifyInstance): void {
  serve(app, api.listEvents, findEvents);
  serve(app, api.getHead, findHead);
  serve(app, api.getEvent, (ctx, { eventId }) => showEvent(ctx, eventId));
}
