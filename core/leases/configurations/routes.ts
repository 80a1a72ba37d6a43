import { configurations as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../../platform/http.ts";
import { revokeFormer } from "./end.ts";
import { findLogged } from "./log-store.ts";
import { renewConfiguration } from "./renew.ts";
import { showConfigurations, showPresent } from "./show.ts";

export function configurationRoutes(app: FastifyInstance): void {
  serve(app, api.listConfigurations, async (ctx, { leaseId }) => ({ items: await showConfigurations(ctx, leaseId) }));
  serve(app, api.listConfigurationLog, findLogged);
  serve(app, api.renewConfiguration, async (ctx, { leaseId, former }, { userAgent }) => {
    await renewConfiguration(ctx, leaseId, { why: former === "revoke" ? "leaked" : "asked", userAgent });
    return showPresent(ctx, leaseId);
  });
  serve(app, api.revokeFormerConfiguration, async (ctx, { leaseId }) => {
    await revokeFormer(ctx, leaseId);
    return { items: await showConfigurations(ctx, leaseId) };
  });
}
