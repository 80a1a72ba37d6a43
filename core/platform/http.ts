import { type InputOf, pathNames, type ReplyOf, type Route } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import { z } from "zod";
import { type Actor, may, requireSession } from "./actor.ts";
import type { Context } from "./context.ts";
import { HttpRefusal } from "./problems.ts";

/** What a few endpoints need of the transport itself. */
export interface Exchange {
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  setCookie(cookie: string): void;
}

export type Handler<R extends Route> = (ctx: Context, input: InputOf<R>, exchange: Exchange) => Promise<ReplyOf<R>>;

declare module "fastify" {
  interface FastifyInstance {
    berth: Context;
    identify: (request: FastifyRequest) => Promise<Actor>;
    requireProof: (ctx: Context, declared: Route) => Promise<void>;
  }
}

/** Serves one declared endpoint under `/api/v1`: identity, permission, input, reply. */
export function serve<R extends Route>(app: FastifyInstance, declared: R, handle: Handler<R>): void {
  app.route({
    method: declared.method,
    url: `/api/v1${declared.path}`,
    schema: toSchema(declared),
    preParsing: async (request, _reply, payload) => {
      requireJson(request);
      return payload;
    },
    handler: async (request, reply) => {
      const actor = await app.identify(request);
      requirePermission(actor, declared);
      const ctx: Context = { ...app.berth, actor, log: request.log };
      await app.requireProof(ctx, declared);
      // Only what the schema looked at: a GET's body and the like must not fill in for a field.
      const rest = declared.method === "POST" ? request.body : request.query;
      const input = { ...(rest as object), ...(request.params as object) };
      return handle(ctx, input as InputOf<R>, exchangeOf(request, reply));
    },
  });
}

/** Exactly JSON: what is spelled in an odd way means different things to different readers. */
function requireJson({ method, headers }: FastifyRequest): void {
  const type = headers["content-type"];
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (method === "GET" || method === "HEAD" || (!hasBody && type === undefined)) return;
  if (type === undefined || !/^application\/json(; ?charset=utf-8)?$/i.test(type)) {
    throw new HttpRefusal(415, "http.wrong_type", "a body has the content type application/json");
  }
}

function requirePermission(actor: Actor, { permission, method }: Route): void {
  if (permission === "public") return;
  if (actor.kind === "anonymous") throw new Refusal("unauthenticated", "accounts.sign_in", "sign in first");
  if (!may(actor, permission)) {
    throw new Refusal("forbidden", "accounts.not_permitted", `your role lacks ${permission}`, { permission });
  }
  // Password, factors, sessions and keys are all behind `self`.
  if (permission === "self" && method !== "GET") requireSession(actor);
}

function exchangeOf(request: FastifyRequest, reply: FastifyReply): Exchange {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === "string") headers[name] = value;
  return {
    address: request.ip,
    userAgent: request.headers["user-agent"],
    headers,
    setCookie: (cookie) => void reply.header("set-cookie", cookie),
  };
}

const nothing = z.strictObject({});

/** Splits a route's input into what Fastify validates and documents apart. Unknown fields are refused everywhere. */
function toSchema(declared: Route): FastifySchema & Record<string, unknown> {
  const names = Object.fromEntries(pathNames(declared.path).map((name) => [name, true as const]));
  const params = declared.input.pick(names).strict();
  const rest = declared.input.omit(names).strict();
  const hasParams = Object.keys(names).length > 0;
  return {
    summary: declared.summary,
    operationId: operationId(declared),
    tags: [declared.path.split("/")[1] ?? ""],
    ...(hasParams ? { params } : {}),
    ...(declared.method === "POST" ? { body: rest, querystring: nothing } : { querystring: rest }),
    response: { 200: declared.reply },
    ...(declared.permission === "public"
      ? { security: [] }
      : { security: [{ session: [] }], "x-permission": declared.permission }),
  };
}

function operationId({ method, path }: Route): string {
  const words = path.replaceAll(":", "by-").split(/[/-]/).filter(Boolean);
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
}
