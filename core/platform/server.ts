import { randomUUID } from "node:crypto";
import { Refusal, refusalKinds } from "@berth/kit";
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type pino from "pino";
import type { Actor } from "./actor.ts";
import type { Context } from "./context.ts";
import { isDatabaseAway, isUnstorable } from "./database.ts";
import { healthRoutes } from "./health.ts";

export interface ServerOptions {
  readonly ctx: Context;
  readonly log: pino.Logger;
  readonly identify: (ctx: Context, request: FastifyRequest) => Promise<Actor>;
}

/**
 * The HTTP server without any route of the domain: validation by Zod, problem details (RFC 9457), one log line per request,
 * strict headers. A body may have 1 MiB, a request 30 s.
 */
export async function createServer({ ctx, log, identify }: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log,
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    requestTimeout: 30_000,
    forceCloseConnections: "idle",
    // Unknown fields are refused by the schemas; Fastify's own coercion stays out of it.
    ajv: { customOptions: { removeAdditional: false } },
    // An address that can't be decoded never comes as far as the error handler.
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    logController: new LogController({ disableRequestLogging: true }),
  }) as unknown as FastifyInstance;
  app.decorate("berth", ctx);
  app.decorate("identify", (request: FastifyRequest) => identify(ctx, request));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request) => {
    throw new Refusal("not_found", "http.no_such_route", `there is no ${request.method} ${request.url.split("?")[0]}`);
  });
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
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: { defaultSrc: ["'self'"], frameAncestors: ["'none'"], upgradeInsecureRequests: null },
    },
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Berth", version: "0.1.0" },
      components: { securitySchemes: { session: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });
  healthRoutes(app);
  app.get("/api/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  return app;
}

function answerError(error: FastifyError | Refusal, request: FastifyRequest, reply: import("fastify").FastifyReply) {
  const problem = toProblem(error);
  if (problem.status >= 500 && problem.code === "internal") {
    request.log.error({ error: error.stack, cause: String(error.cause ?? "") }, "request failed");
  }
  if (typeof problem.retryAfterSeconds === "number") reply.header("retry-after", String(problem.retryAfterSeconds));
  return reply
    .code(problem.status)
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send({ ...problem, instance: request.url.split("?")[0], traceId: request.id });
}

type Answer = { status: number; code: string; title: string; detail: string; [extra: string]: unknown };

function toProblem(error: FastifyError | Refusal): Answer {
  if (error instanceof Refusal) {
    const status = refusalKinds[error.kind].http;
    return {
      ...error.details,
      type: `urn:berth:${error.code}`,
      status,
      code: error.code,
      title: error.kind,
      detail: error.message,
    };
  }
  if (error.validation) {
    const issues = error.validation.map(({ instancePath, message }) => ({ at: instancePath || "/", message }));
    return {
      type: "urn:berth:http.invalid",
      status: 400,
      code: "http.invalid",
      title: "invalid",
      detail: error.message,
      issues,
    };
  }
  if (isUnstorable(error)) {
    const detail = "a text here holds characters that can't be stored";
    return { type: "urn:berth:http.invalid", status: 400, code: "http.invalid", title: "invalid", detail, issues: [] };
  }
  if (isDatabaseAway(error)) {
    return {
      type: "urn:berth:database.away",
      status: 503,
      code: "database.away",
      title: "unavailable",
      detail: "the database is restarting; try again in a moment",
      retryAfterSeconds: 2,
    };
  }
  const status = error.statusCode ?? 500;
  if (status < 500)
    return { type: "urn:berth:http", status, code: "http.bad_request", title: "invalid", detail: error.message };
  return {
    type: "urn:berth:internal",
    status: 500,
    code: "internal",
    title: "internal",
    detail: "something broke; quote the trace id",
  };
}
