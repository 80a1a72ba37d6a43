import type { Readable } from "node:stream";
import { type InputOf, type LimitKind, limitOf, type Route } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Actor, may, requireSession } from "./actor.ts";
import type { Admission } from "./admit.ts";
import type { Context } from "./context.ts";
import { type ReadPage, toCsvStream } from "./csv.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { perform } from "./perform.ts";
import { HttpRefusal } from "./problems.ts";
import { hasBody, ownQuery, toSchema } from "./route-schema.ts";

export type { Exchange, Handler } from "./exchange.ts";

declare module "fastify" {
  interface FastifyInstance {
    berth: Context;
    identify: (request: FastifyRequest) => Promise<Actor>;
    requireProof: (ctx: Context, declared: Route) => Promise<void>;
    admission: Admission;
    noteExport: (ctx: Context, declared: Route, input: object) => Promise<void>;
  }

  interface FastifyContextConfig {
    /** What a request counts as where requests are limited. */
    kindOf?: (request: FastifyRequest) => LimitKind;
    /** Refuses whoever may not ask at all. */
    enter?: (request: FastifyRequest) => Promise<unknown>;
  }
}

/** What is known of a request once its sender may ask. */
interface Entered {
  readonly actor: Actor;
  readonly ctx: Context;
}
const entered = new WeakMap<FastifyRequest, Entered>();

/**
 * Serves one declared endpoint under `/api/v1`: size, identity, permission, input, reply. Who may not ask hears nothing of
 * what is wrong with their input; and who they are is asked when all of it has come, however slowly.
 */
export function serve<R extends Route>(app: FastifyInstance, declared: R, handle: Handler<R>): void {
  const kindOf = (request: FastifyRequest) => (wantsCsv(declared, request) ? "export" : limitOf(declared));
  const enter = async (request: FastifyRequest): Promise<Entered> => {
    const actor = await app.identify(request);
    await app.admission.meet({ request, actor, kind: kindOf(request) });
    requirePermission(actor, declared);
    const ctx: Context = { ...app.berth, actor, log: request.log };
    await app.requireProof(ctx, declared);
    return { actor, ctx };
  };
  app.route({
    method: declared.method,
    url: `/api/v1${declared.path}`,
    schema: toSchema(declared),
    config: { kindOf, enter },
    bodyLimit: bodyLimitOf(declared),
    preParsing: async (request, _reply, payload) => {
      // Who sends nothing to know them by, or very much, is not listened to before it is known that they may ask.
      if (isCostly(declared, request)) await enter(request);
      if (isJson(request)) return payload;
      await enter(request);
      throw new HttpRefusal(415, "http.wrong_type", "a body has the content type application/json");
    },
    preValidation: async (request) => void entered.set(request, await enter(request)),
    handler: async (request, reply) => {
      const { actor, ctx } = entered.get(request) as Entered;
      const input = inputOf(declared, request);
      const exchange = exchangeOf(request, reply);
      const entry = { request, actor, kind: kindOf(request), input };
      if (wantsCsv(declared, request)) {
        const read: ReadPage = async (page) => (await handle(ctx, { ...input, ...page }, exchange)) as never;
        const rows = await app.admission.admit(entry, async () => {
          await app.noteExport(ctx, declared, input);
          return toCsvStream(declared, input as { after?: string }, read);
        });
        return sendFile(reply, `${declared.csv}-${ctx.now().toISOString().slice(0, 10)}.csv`, rows);
      }
      const path = request.url.split("?")[0] ?? "";
      const isDryRun = (request.query as { dryRun?: string }).dryRun === "true";
      const { text, isReplay } = await app.admission.admit(entry, () => {
        return perform(ctx, handle, { declared, input, exchange, path, isDryRun });
      });
      if (isReplay) reply.header("idempotency-replayed", "true");
      return reply.type("application/json; charset=utf-8").serializer(identity).send(text);
    },
  });
}

const identity = (text: string) => text;

/** Only what the schema looked at: a GET's body and the like must not fill in for a field. */
function inputOf<R extends Route>(declared: R, { body, query, params }: FastifyRequest): InputOf<R> {
  if (hasBody(declared)) return { ...(body as object), ...(params as object) } as InputOf<R>;
  const own = ownQuery(declared);
  const rest = Object.entries(query as object).filter(([name]) => !(name in own));
  return { ...Object.fromEntries(rest), ...(params as object) } as InputOf<R>;
}

function wantsCsv({ csv }: Route, { query, headers }: FastifyRequest): boolean {
  const { format } = query as { format?: string };
  return csv !== undefined && (format ? format === "csv" : /^text\/csv\b/i.test(headers.accept ?? ""));
}

function sendFile(reply: FastifyReply, name: string, rows: Readable): FastifyReply {
  return reply
    .type("text/csv; charset=utf-8")
    .header("content-disposition", `attachment; filename="${name}"`)
    .send(rows);
}

/** What anybody may send is small; what is read of strangers costs time of everybody else's. */
const publicBytes = 16 * 1024;
const mostBytes = 1024 * 1024;

const bodyLimitOf = ({ permission }: Route) => (permission === "public" ? publicBytes : mostBytes);

/** False also for what is too large in any case: that is refused by its size, and not read either. */
function isCostly(declared: Route, { headers }: FastifyRequest): boolean {
  const length = Number(headers["content-length"] ?? 0);
  if (length > bodyLimitOf(declared) || declared.permission === "public") return false;
  // HTTP/2 says nothing of a body that it does not say the length of.
  const isOpen = headers["content-length"] === undefined && headers["content-type"] !== undefined;
  return length > publicBytes || isOpen || (headers.authorization === undefined && headers.cookie === undefined);
}

/** Exactly JSON: what is spelled in an odd way means different things to different readers. */
function isJson({ method, headers }: FastifyRequest): boolean {
  const type = headers["content-type"];
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (method === "GET" || method === "HEAD" || (!hasBody && type === undefined)) return true;
  return type !== undefined && /^application\/json(; ?charset=utf-8)?$/i.test(type);
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
