import { randomUUID } from "node:crypto";
import type { Route } from "@berth/api";
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type pino from "pino";
import type { Actor } from "./actor.ts";
import { type Admission, openToAll } from "./admit.ts";
import { serveApiDocs } from "./api-docs.ts";
import { clientAddress, plainAddress, requireEncrypted, TrustedProxies } from "./client-address.ts";
import { compressAnswers } from "./compress.ts";
import { boundConnections, exceptFor } from "./connections.ts";
import type { Context } from "./context.ts";
import { setSecureHeaders } from "./headers.ts";
import { healthRoutes, isProbe } from "./health.ts";
import { refuseUnknown } from "./methods.ts";
import { documentRoutes } from "./openapi.ts";
import { requireSameOrigin } from "./origin.ts";
import { answerProblem, answerUnreadable } from "./problems.ts";
import { parseStrictJson } from "./strict-json.ts";

export interface ServerOptions {
  readonly ctx: Context;
  readonly log: pino.Logger;
  readonly identify: (ctx: Context, request: FastifyRequest) => Promise<Actor>;
  /** Refuses a caller whose proof of who they are is not enough for a route. */
  readonly requireProof: (ctx: Context, declared: Route) => Promise<void>;
  /** Hears that a list is about to be taken away as a file; what it throws prevents that. */
  readonly noteExport?: (ctx: Context, declared: Route, input: object) => Promise<void>;
  /** Stands before every use case; unless given, it lets everybody through at once. */
  readonly admission?: Admission;
  /** Who may say for whom they ask; nobody unless given. */
  readonly proxies?: TrustedProxies;
}

/**
 * The HTTP server without any route of the domain: validation by Zod, problem details (RFC 9457), one log line per request,
 * strict headers. A body may have 1 MiB, a request 30 s.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { ctx, log, identify, requireProof, proxies = new TrustedProxies([]) } = options;
  const app = Fastify({
    loggerInstance: log,
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    requestTimeout: 30_000,
    trustProxy: proxies.isNamed && ((peer) => proxies.has(plainAddress(peer) ?? "")),
    forceCloseConnections: "idle",
    // Unknown fields are refused by the schemas; Fastify's own coercion stays out of it.
    ajv: { customOptions: { removeAdditional: false } },
    // An address that can't be decoded never comes as far as the error handler.
    frameworkErrors: (error, request, reply) => {
      setSecureHeaders(request, reply);
      void answerProblem(error, request, reply);
    },
    clientErrorHandler: answerUnreadable,
    logController: new LogController({ disableRequestLogging: true }),
  }) as unknown as FastifyInstance;
  boundConnections(app.server, exceptFor(proxies));
  app.decorate("berth", ctx);
  app.decorate("identify", async (request: FastifyRequest) => {
    requireSameOrigin(request);
    return identify(ctx, request);
  });
  app.decorate("requireProof", requireProof);
  app.decorate("admission", options.admission ?? openToAll);
  app.decorate("noteExport", options.noteExport ?? (async () => {}));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerProblem);
  app.addHook("onRequest", async (request, reply) => {
    // Fastify would take anything for an address that a proxy passes on.
    const forwarded = request.headers["x-forwarded-for"] as string | undefined;
    Object.defineProperty(request, "ip", { value: clientAddress(request.socket.remoteAddress, forwarded, proxies) });
    setSecureHeaders(request, reply);
    if (!isProbe(request)) requireEncrypted(request.socket, proxies);
  });
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) => {
    try {
      return parseStrictJson(body);
    } catch (error) {
      // Who may not ask hears that first, and nothing about what they sent.
      await request.routeOptions.config.enter?.(request);
      throw error;
    }
  });
  refuseUnknown(app);
  compressAnswers(app);
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request answered",
    );
  });
  await documentRoutes(app);
  serveApiDocs(app);
  healthRoutes(app);
  return app;
}
