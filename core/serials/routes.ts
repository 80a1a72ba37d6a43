import { serials as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serveBatch } from "../platform/batch.ts";
import { type Handler, serve } from "../platform/http.ts";
import { countBatches, findBatches } from "./batch-list-store.ts";
import { countSerials, findSerials } from "./list-store.ts";
import { makeBatch, revokeBatch, revokeSerial, settleBatch } from "./make.ts";
import { getSerial } from "./views.ts";

const revoke: Handler<typeof api.revokeSerial> = async (ctx, { serialId }) => {
  await getSerial(ctx, serialId);
  await revokeSerial(ctx, serialId);
  return getSerial(ctx, serialId);
};

export function serialRoutes(app: FastifyInstance): void {
  serve(app, api.createBatch, makeBatch);
  serve(app, api.listBatches, findBatches);
  serve(app, api.countBatches, countBatches);
  serve(app, api.settleBatch, (ctx, { batchId }) => settleBatch(ctx, batchId));
  serve(app, api.revokeBatch, (ctx, { batchId }) => revokeBatch(ctx, batchId));
  serve(app, api.listSerials, findSerials);
  serve(app, api.countSerials, countSerials);
  serve(app, api.revokeSerial, revoke);
  serveBatch(app, api.revokeSerials, revoke);
}
