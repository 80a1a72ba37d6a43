import { guard as api, type LimitKind, limitOf } from "@berth/api";
import { secondMs } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../platform/actor.ts";
import type { Admit } from "../platform/admit.ts";
import { serve } from "../platform/http.ts";
import { signalOf } from "./ban.ts";
import { addAddress, liftBan, listAddresses, listBans, removeAddress } from "./change.ts";
import { type Guard, type Origin, requireAdmitted } from "./guard.ts";
import { type Decision, rateHeaders } from "./limit.ts";
import { findPatterns } from "./pattern.ts";

/** How often replicas tell each other what they admitted. */
const shareMs = secondMs / 2;

/** Asked by load balancers, all the time: answered whatever happens. */
const open = new Set(["/healthz", "/readyz"]);

/** What the guard knows of a request on its way. */
interface Passage {
  readonly decisions: Decision[];
  /** Whom it is about, for the score: an account or an e-mail address. */
  about?: string;
}
const passages = new WeakMap<FastifyRequest, Passage>();

export function guardRoutes(app: FastifyInstance, guard: Guard): void {
  const changed = async <T>(change: Promise<T>) => {
    const reply = await change;
    guard.lookAgain();
    return reply;
  };
  serve(app, api.listAddresses, listAddresses);
  serve(app, api.addAddress, (ctx, input) => changed(addAddress(ctx, input)));
  serve(app, api.removeAddress, (ctx, { listedId }) => changed(removeAddress(ctx, listedId)));
  serve(app, api.listBans, listBans);
  serve(app, api.liftBan, (ctx, { banId }) => changed(liftBan(ctx, banId)));
}

/** Puts the guard before everything that is served from here on. Call it before any route. */
export function guardRequests(app: FastifyInstance, guard: Guard): void {
  app.addHook("onRequest", async (request, reply) => {
    if (open.has(request.routeOptions.url ?? "")) return;
    const decision = await guard.enter(originOf(request), request.routeOptions.config.limit ?? "public");
    const passage: Passage = { decisions: decision ? [decision] : [] };
    passages.set(request, passage);
    sayLimits(reply, passage);
    requireAdmitted(decision);
  });
  app.addHook("preValidation", async (request) => {
    const found = isSentByOtherSite(request) ? [] : findPatterns(request.url, request.body);
    const at = request.routeOptions.url ?? "nowhere";
    for (const pattern of found) await guard.note("attack_pattern", `${pattern} ${at}`, originOf(request));
  });
  app.addHook("onError", async (request, _reply, error) => {
    const kind = signalOf(error.code);
    if (!kind || isSentByOtherSite(request)) return;
    const about = kind === "unknown_route" ? (request.url.split("?")[0] ?? "") : passages.get(request)?.about;
    await guard.note(kind, about ?? "nobody", originOf(request));
  });
  share(app, guard);
}

/** Limits by whom a request is about, and turns. */
export function admitBy(guard: Guard): Admit {
  return async ({ request, reply, actor, declared, input }, work) => {
    const passage = passages.get(request) ?? { decisions: [] };
    const kind = limitOf(declared);
    const { subject, about } = subjectOf(actor, input);
    passage.about = about;
    if (subject !== undefined) await takeFor(guard, { subject, kind, passage, request, reply });
    const result = await guard.inTurn(kind, work);
    if (kind === "sign-in" && about !== undefined) await guard.welcome(about, originOf(request));
    return result;
  };
}

interface Taking {
  readonly subject: string;
  readonly kind: LimitKind;
  readonly passage: Passage;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function takeFor(guard: Guard, { subject, kind, passage, request, reply }: Taking): Promise<void> {
  const decision = await guard.takeFor(subject, originOf(request), kind);
  if (decision) passage.decisions.push(decision);
  sayLimits(reply, passage);
  requireAdmitted(decision);
}

/** A ticket is one of many of an account: it is counted, but says of whom to nobody. */
function subjectOf(actor: Actor, input: object): { subject?: string; about?: string } {
  const { email, ticket } = input as { email?: unknown; ticket?: unknown };
  if (actor.kind === "account") return { subject: actor.accountId, about: actor.accountId };
  if (typeof email === "string") return { subject: email, about: email };
  return typeof ticket === "string" ? { subject: ticket } : {};
}

function sayLimits(reply: FastifyReply, { decisions }: Passage): void {
  if (decisions.length > 0) reply.headers(rateHeaders(decisions));
}

const passedOn = ["x-forwarded-for", "forwarded", "x-real-ip", "via", "cf-connecting-ip"];

function originOf({ ip, headers }: FastifyRequest): Origin {
  return { address: ip, isPassedOn: passedOn.some((name) => headers[name] !== undefined) };
}

/** What another site made a browser send says nothing about who sits before it. */
function isSentByOtherSite({ headers }: FastifyRequest): boolean {
  return headers["sec-fetch-site"] === "cross-site" || headers["sec-fetch-site"] === "same-site";
}

function share(app: FastifyInstance, guard: Guard): void {
  const turn = () => {
    guard.share().catch((error: Error) => app.log.error({ error: error.stack }, "counts not shared"));
  };
  let timer: NodeJS.Timeout | undefined;
  app.addHook("onReady", async () => {
    await guard.begin();
    timer = setInterval(turn, shareMs).unref();
  });
  app.addHook("onClose", async () => {
    clearInterval(timer);
    await guard.share();
  });
}
