import { guard as api } from "@berth/api";
import { secondMs } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Admission, Arrival } from "../platform/admit.ts";
import { isLoopback } from "../platform/client-address.ts";
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
  readonly reply: FastifyReply;
  readonly decisions: Decision[];
  isMet?: true;
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
    const kind = request.routeOptions.config.kindOf?.(request) ?? "public";
    const passage: Passage = { reply, decisions: [] };
    passages.set(request, passage);
    take(passage, await guard.enter(originOf(request), kind));
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
export function admitBy(guard: Guard): Admission {
  const takeFor = async ({ request, kind }: Arrival, { subject, about }: Subject) => {
    const passage = passages.get(request);
    if (passage) passage.about = about;
    const decision = await guard.takeFor(subject, originOf(request), kind);
    if (passage) take(passage, decision);
  };
  return {
    async meet(arrival) {
      const { request, actor } = arrival;
      const passage = passages.get(request);
      // Who sends much is asked for twice: before it is read, and after.
      if (actor.kind !== "account" || passage?.isMet) return;
      if (passage) passage.isMet = true;
      await takeFor(arrival, { subject: actor.accountId, about: actor.accountId });
    },
    async admit(entry, work) {
      const { request, actor, kind, input } = entry;
      // Whom nobody's request is about stands in what was sent, and that is known only now.
      const subject = actor.kind === "account" ? undefined : subjectOf(input);
      if (subject) await takeFor(entry, subject);
      const result = await guard.inTurn(kind, actor.kind === "account" ? actor.accountId : request.ip, work);
      const about = passages.get(request)?.about;
      if (kind === "sign-in" && about !== undefined) await guard.welcome(about, originOf(request));
      return result;
    },
  };
}

interface Subject {
  readonly subject: string;
  readonly about?: string | undefined;
}

/** A ticket is one of many of an account: it is counted, but says of whom to nobody. */
function subjectOf(input: object): Subject | undefined {
  const { email, ticket } = input as { email?: unknown; ticket?: unknown };
  if (typeof email === "string") return { subject: email, about: email };
  return typeof ticket === "string" ? { subject: ticket } : undefined;
}

/** Says how a limit stands, and refuses what it did not admit. */
function take({ reply, decisions }: Passage, decision: Decision | undefined): void {
  if (!decision) return;
  decisions.push(decision);
  reply.headers(rateHeaders(decisions));
  requireAdmitted(decision);
}

const passedOn = [
  ...["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "x-forwarded-proto"],
  ...["cf-connecting-ip", "true-client-ip", "fastly-client-ip", "x-client-ip", "x-azure-clientip"],
];

/** A proxy that says nothing of itself still passes on for which name it was asked. */
function originOf({ ip, headers }: FastifyRequest): Origin {
  const isSaid = passedOn.some((name) => headers[name] !== undefined);
  return { address: ip, isPassedOn: isSaid || !isNameOfHere(headers.host) };
}

function isNameOfHere(host: string | undefined): boolean {
  const name = (host ?? "localhost").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return isLoopback(name.toLowerCase());
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
