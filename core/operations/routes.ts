import { operations as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { cancelOperation } from "./cancel.ts";
import { retryOperation, startOperation } from "./start.ts";
import { findOperations, showOperation } from "./views.ts";

export function operationRoutes(app: FastifyInstance): void {
  serve(app, api.startOperation, startOperation);
  serve(app, api.listOperations, findOperations);
  serve(app, api.getOperation, (ctx, { operationId }) => showOperation(ctx, operationId));
  serve(app, api.cancelOperation, (ctx, { operationId }) => cancelOperation(ctx, operationId));
  serve(app, api.retryOperation, (ctx, { operationId }) => retryOperation(ctx, operationId));
}
