import { derp as api } from "@berth/api";
import { serve } from "@berth/core/platform/http";
import { answerProblem, toProblem } from "@berth/core/platform/problems";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { rotateConfiguration, showConfiguration } from "./address.ts";
import { type Download, downloadConfiguration } from "./download.ts";
import { hurryKeySource, removeKeySource, setKeySource, showKeySource } from "./key-source.ts";
import { setPolicy, showPolicy } from "./policy.ts";

const params = z.object({ secret: z.string().min(16).max(64) }).strict();
const options = {
  defaults: z.enum(["keep", "omit"]).default("keep").describe("omit: without Tailscale's own relays"),
};
const form = z.enum(["derpmap", "policy", "headscale"]).default("derpmap");

/** Each form by a name of its own, and all of them by the query. */
const names = { "derpmap.json": "derpmap", "policy.hujson": "policy", "derp.yaml": "headscale" } as const;

/** `publicUrl`: where people reach control. */
export function derpRoutes(app: FastifyInstance, publicUrl: string): void {
  serve(app, api.getConfiguration, (ctx, { leaseId }) => showConfiguration(ctx, leaseId, publicUrl));
  serve(app, api.rotateConfiguration, (ctx, { leaseId }) => rotateConfiguration(ctx, leaseId, publicUrl));
  serve(app, api.getPolicy, (ctx, { leaseId }) => showPolicy(ctx, leaseId));
  serve(app, api.setPolicy, (ctx, { leaseId, policy }) => setPolicy(ctx, leaseId, policy));
  serve(app, api.getKeySource, (ctx, { leaseId }) => showKeySource(ctx, leaseId));
  serve(app, api.setKeySource, setKeySource);
  serve(app, api.removeKeySource, (ctx, { leaseId }) => removeKeySource(ctx, leaseId));
  serve(app, api.syncKeySource, (ctx, { leaseId }) => hurryKeySource(ctx, leaseId));
  const summary = "A lease's DERP configuration, by its secret address";
  app.get("/c/:secret", {
    schema: { summary, params, querystring: z.object({ form, ...options }).strict(), security: [] },
    errorHandler: answerRefusal,
    handler: (request, reply) => answerDownload(request, reply, (request.query as { form: Download["form"] }).form),
  });
  for (const [name, form] of Object.entries(names)) {
    app.get(`/c/:secret/${name}`, {
      schema: { summary: `${summary}: ${name}`, params, querystring: z.object(options).strict(), security: [] },
      errorHandler: answerRefusal,
      handler: (request, reply) => answerDownload(request, reply, form),
    });
  }
}

async function answerDownload(request: FastifyRequest, reply: FastifyReply, form: Download["form"]) {
  const { secret } = request.params as z.infer<typeof params>;
  const ctx = {
    ...request.server.berth,
    actor: { kind: "anonymous" as const, address: request.ip },
    log: request.log,
  };
  const file = await downloadConfiguration(ctx, {
    secret,
    form,
    omitDefaults: (request.query as { defaults: string }).defaults === "omit",
    address: request.ip,
    userAgent: request.headers["user-agent"],
    known: request.headers["if-none-match"],
  });
  reply.header("cache-control", "no-store").header("etag", file.tag);
  if (file.isKnown) return reply.code(304).send();
  return reply
    .type(file.type)
    .header("content-disposition", `inline; filename="${file.name}"`)
    .serializer((text: string) => text)
    .send(file.text);
}

/** Whoever opens the address in a browser reads words; programs get what they get everywhere. */
function answerRefusal(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, detail } = toProblem(error);
  const words = chinese[code];
  if (!words || !/\btext\/html\b/.test(request.headers.accept ?? "")) return answerProblem(error, request, reply);
  const text = `${detail}\n${words}\n\n${code}\n`;
  return reply.code(status).type("text/plain; charset=utf-8").header("cache-control", "no-store").send(text);
}

const chinese: Readonly<Record<string, string>> = {
  "derp.lease_over": "此租赁已结束；续租后可继续使用。",
  "derp.lease_unpaid": "此租赁尚未付款；付款后即可获取配置。",
  "derp.no_such_configuration": "此地址已更换或从未存在。",
};
