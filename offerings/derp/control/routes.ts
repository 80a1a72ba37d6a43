import { derp as api } from "@berth/api";
import { serve } from "@berth/core/platform/http";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { downloadConfiguration, rotateConfiguration, showConfiguration } from "./configuration.ts";

const params = z.object({ secret: z.string().min(16).max(64) }).strict();
const querystring = z
  .object({
    form: z.enum(["derpmap", "policy", "headscale"]).default("derpmap"),
    defaults: z.enum(["keep", "omit"]).default("keep").describe("omit: without Tailscale's own relays"),
  })
  .strict();

/** `publicUrl`: where people reach control. */
export function derpRoutes(app: FastifyInstance, publicUrl: string): void {
  serve(app, api.getConfiguration, (ctx, { leaseId }) => showConfiguration(ctx, leaseId, publicUrl));
  serve(app, api.rotateConfiguration, (ctx, { leaseId }) => rotateConfiguration(ctx, leaseId, publicUrl));
  app.get("/c/:secret", {
    schema: { summary: "A lease's DERP configuration, by its secret address", params, querystring, security: [] },
    handler: async (request, reply) => {
      const { secret } = request.params as z.infer<typeof params>;
      const { form, defaults } = request.query as z.infer<typeof querystring>;
      const file = await downloadConfiguration(
        { ...app.berth, actor: { kind: "anonymous", address: request.ip }, log: request.log },
        {
          secret,
          form,
          omitDefaults: defaults === "omit",
          userAgent: request.headers["user-agent"],
        },
      );
      return reply
        .type(file.type)
        .header("cache-control", "no-store")
        .header("content-disposition", `inline; filename="${file.name}"`)
        .serializer((text: string) => text)
        .send(file.text);
    },
  });
}
