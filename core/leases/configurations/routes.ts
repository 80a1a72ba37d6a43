import { configurations as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../../platform/http.ts";
import { revokeFormer } from "./end.ts";
import { renewConfiguration } from "./renew.ts";
import { showConfigurations, showPresent } from "./show.ts";

export function configurationRoutes(app: FastifyInstance): void {
  serve(app, api.listConfigurations, async (ctx, { leaseId }) => ({ items: await showConfigurations(ctx, leaseId) }));
  serve(app, api.renewConfiguration, async (ctx, { leaseId, former }) => {
    await renewConfiguration(ctx, leaseId, former === "revoke" ? "leaked" : "asked");
    return showPresent(ctx, leaseId);
  });
  serve(app, api.revokeFormerConfiguration, async (ctx, { leaseId }) => {
    await revokeFormer(ctx, leaseId);
    return { items: await showConfigurations(ctx, leaseId) };
  });
}
