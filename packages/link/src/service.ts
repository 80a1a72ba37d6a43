import type { TLSSocket } from "node:tls";
import { dayMs, Refusal } from "@berth/kit";
import { type ConnectRouter, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Asked, LinkGate, Method } from "./gate.ts";
import {
  type AgentMessage,
  AgentService,
  type EnrolRequest,
  type RenewRequest,
  type StreamMessage,
} from "./gen/berth/link/v1/link_pb.ts";
import { fingerprint } from "./keys.ts";
import type { ControlMessageInit, EnrolReply, RenewReply, StreamMessageInit } from "./messages.ts";
import type { OpenFlows } from "./open-flows.ts";
import { type Pace, paced } from "./pace.ts";
import { identify, type Peer } from "./peer.ts";
import { toConnectError } from "./refusal.ts";
import { readRequest } from "./request.ts";
import { untilAborted } from "./streams.ts";

export interface Caller {
  /** Of the other end of the connection. */
  readonly address: string;
  /** Aborts when the call is over, whoever ended it. */
  readonly signal: AbortSignal;
}

export interface NodeCaller extends Caller {
  readonly peer: Peer;
}

/** What control does for agents. A `Refusal` reaches the agent with its code; any other error as `internal`, without text. */
export interface LinkHandlers {
  enrol(request: EnrolRequest, caller: Caller): Promise<EnrolReply>;
  /** The request is for the peer's own key. Its certificate may have expired, up to `renewGraceMs` ago. */
  renew(request: RenewRequest, caller: NodeCaller): Promise<RenewReply>;
  /** `messages` ends when the agent, the connection or the server does. What it yields is sent in order. */
  sync(messages: AsyncIterable<AgentMessage>, caller: NodeCaller): AsyncIterable<ControlMessageInit>;
  /** One flow, whose other end waits at control. Ends when either end does. */
  stream?(messages: AsyncIterable<StreamMessage>, caller: NodeCaller): AsyncIterable<StreamMessageInit>;
}

/** The address and the certificate (DER) of the other end. */
export interface Remote {
  readonly address: string;
  readonly certificate?: Uint8Array;
}

export const remoteKey = createContextKey<Remote>({ address: "" });

export function remoteOf(socket: TLSSocket): Remote {
  return { address: socket.remoteAddress ?? "", certificate: socket.getPeerX509Certificate()?.raw };
}

/** For how long after its end a certificate can still be renewed. */
export const renewGraceMs = 180 * dayMs;

/** What an agent says on its own is far below: counters four times a second, a heartbeat each ten. */
const syncPace: Pace = { burst: 2_000, perSecond: 200 };

/** The longest delay of a timer. */
const longestMs = 2 ** 31 - 1;

export interface Service {
  readonly handlers: LinkHandlers;
  readonly authorities: () => readonly string[];
  readonly now: () => Date;
  readonly gate: LinkGate;
  readonly open: OpenFlows;
  /** Told of every error that is not a refusal. */
  readonly onError: (error: unknown, call: { method: string; nodeId?: string }) => void;
}

/** Who may call what: `Enrol` anybody, `Renew` a known node even when late, `Sync` and `Stream` a node with a valid certificate. */
export function addRoutes(router: ConnectRouter, service: Service): void {
  const { handlers } = service;
  router.service(AgentService, {
    enrol: (request, context) =>
      guard(service, callOf("Enrol", context, request.token), async () => handlers.enrol(request, callerOf(context))),
    renew: (request, context) => {
      const call = callOf("Renew", context);
      return guard(service, call, async () => {
        const caller = await enterNode(service, call, context);
        await requireRenewable(caller.peer, request);
        return handlers.renew(request, caller);
      });
    },
    sync: (messages, context) => flow(service, "Sync", { messages, context, handle: handlers.sync }),
    stream: (messages, context) => flow(service, "Stream", { messages, context, handle: handlers.stream ?? noStreams }),
  });
}

function noStreams(): never {
  throw new Refusal("unavailable", "link.no_streams", "there are no streams here");
}

interface Flow<In, Out> {
  readonly messages: AsyncIterable<In>;
  readonly context: HandlerContext;
  readonly handle: (messages: AsyncIterable<In>, caller: NodeCaller) => AsyncIterable<Out>;
}

async function* flow<In, Out>(service: Service, method: Method, { messages, context, handle }: Flow<In, Out>) {
  const call = callOf(method, context);
  const { caller, leave } = await guard(service, call, async () => {
    const caller = requireValid(await enterNode(service, call, context));
    return { caller, leave: service.open.add(method, caller.peer.nodeId) };
  });
  const { peer } = caller;
  // A stream does not outlive its certificate: the agent is back with a new one well before.
  const expired = new AbortController();
  const lastsMs = peer.expiresAt.getTime() - service.now().getTime();
  const timer = setTimeout(() => expired.abort(certificateExpired()), Math.min(lastsMs, longestMs));
  const signal = AbortSignal.any([caller.signal, expired.signal]);
  const said = method === "Sync" ? paced(messages, syncPace) : messages;
  try {
    yield* untilAborted(signal, handle(untilAborted(signal, said), { ...caller, signal }));
  } catch (error) {
    throw translate(service, error, { method, nodeId: peer.nodeId });
  } finally {
    clearTimeout(timer);
    leave();
  }
  if (signal.aborted) throw toConnectError(signal.reason);
}

/** A call, and what is tried by it: a token, or the certificate of its connection. */
interface Call extends Asked {
  readonly about: string;
}

function callOf(method: Method, { values }: HandlerContext, token?: string): Call {
  const { address, certificate } = values.get(remoteKey);
  return { method, address, about: token ?? (certificate ? fingerprint(certificate) : "no certificate") };
}

async function guard<T>(service: Service, call: Call, work: () => Promise<T>): Promise<T> {
  try {
    await service.gate.ask(call);
    return await work();
  } catch (error) {
    if (error instanceof Refusal) service.gate.refused(call, error, call.about);
    throw translate(service, error, { method: call.method });
  }
}

async function enterNode(service: Service, call: Call, context: HandlerContext): Promise<NodeCaller> {
  const caller = nodeCallerOf(service, context);
  await service.gate.ask({ ...call, nodeId: caller.peer.nodeId });
  return caller;
}

function translate(service: Service, error: unknown, call: { method: string; nodeId?: string }): Error {
  const translated = toConnectError(error);
  if (translated !== error && !(error instanceof Refusal)) service.onError(error, call);
  return translated;
}

function callerOf(context: HandlerContext): Caller {
  return { address: context.values.get(remoteKey).address, signal: context.signal };
}

function nodeCallerOf(service: Service, context: HandlerContext): NodeCaller {
  const { certificate } = context.values.get(remoteKey);
  if (!certificate) throw new Refusal("unauthenticated", "link.no_certificate", "this call needs a certificate");
  return { ...callerOf(context), peer: identify(certificate, service.authorities(), service.now()) };
}

function requireValid(caller: NodeCaller): NodeCaller {
  if (caller.peer.expiredForMs > 0) throw certificateExpired();
  return caller;
}

function certificateExpired(): Refusal {
  return new Refusal("unauthenticated", "link.certificate_expired", "the certificate has expired, renew it");
}

async function requireRenewable(peer: Peer, { request }: RenewRequest): Promise<void> {
  if (peer.expiredForMs > renewGraceMs) {
    throw new Refusal(
      "unauthenticated",
      "link.certificate_too_late",
      "the certificate expired too long ago, enrol again",
    );
  }
  const { keyFingerprint } = await readRequest(request);
  if (keyFingerprint !== peer.keyFingerprint) {
    throw new Refusal("forbidden", "link.other_key", "a certificate is renewed for the same key only");
  }
}
