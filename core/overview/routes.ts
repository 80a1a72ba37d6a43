import { overview as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { showOverview } from "./show.ts";

/** `hasMailServer`: whether mails can leave; absent where nobody knows. */
export function overviewRoutes(app: FastifyInstance, hasMailServer?: boolean): void {
  serve(app, api.getOverview, (ctx) => showOverview(ctx, hasMailServer));
}
