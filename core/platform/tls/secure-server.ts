import type { IncomingMessage, ServerResponse } from "node:http";
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { Duplex } from "node:stream";
import { minuteMs, secondMs } from "@berth/kit";
import { boundConnections } from "../connections.ts";
import { answerUnreadable } from "../problems.ts";
import { type ListenAddress, listenOn } from "./listen.ts";
import { type TlsChoice, tlsRules } from "./rules.ts";
import type { Shelf } from "./shelf.ts";

/** What answers, whichever way a request came: Fastify's router and its server for upgrades. */
export interface Answerer {
  routing(request: IncomingMessage, response: ServerResponse): void;
  readonly server: { emit(event: "upgrade", request: IncomingMessage, socket: Duplex, head: Buffer): boolean };
}

export interface SecureOptions extends ListenAddress {
  /** The usual ones unless given. */
  readonly patience?: Patience;
  readonly shelf: Shelf;
  readonly rules: TlsChoice;
  /** Who may hold any number of connections; nobody unless given. */
  readonly isExempt?: (address: string) => boolean;
}

export interface SecureServer {
  readonly port: number;
  /** Serves what now lies on the shelf to whoever connects from now on. */
  refresh(): void;
  /** Takes nobody new; ends when what is in flight is answered. */
  close(): Promise<void>;
}

interface Patience {
  readonly handshakeMs: number;
  /** How long a request may take to arrive. */
  readonly requestMs: number;
}

/** A request may take as long as over clear text. */
const usual: Patience = { handshakeMs: 10 * secondMs, requestMs: 30 * secondMs };
/** A session without any traffic ends. */
const idleMs = 2 * minuteMs;

/** Listens with TLS: HTTP/2, and HTTP/1.1 for who speaks only that, as every WebSocket does. */
export async function serveSecurely(app: Answerer, options: SecureOptions): Promise<SecureServer> {
  const { shelf, rules, host, port, patience = usual, isExempt = () => false } = options;
  let served = shelf.usual();
  const server = createSecureServer(
    {
      ...tlsRules(rules),
      ...served,
      allowHTTP1: true,
      handshakeTimeout: patience.handshakeMs,
      settings: { maxConcurrentStreams: 100 },
      SNICallback: (name, done) => done(null, shelf.contextFor(name)),
    },
    (request, response) => {
      limitBody(request, patience);
      answer(app, request, response);
    },
  );
  server.on("upgrade", (request, socket, head) => void app.server.emit("upgrade", request, socket, head));
  server.on("clientError", answerUnreadable);
  server.on("session", (session) => session.setTimeout(idleMs, () => session.close()));
  // Who does not get as far as a request, or never wanted to: Node leaves the connection open once somebody listens here.
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  limitTimes(server, patience);
  boundConnections(server, isExempt);
  const listening = await listenOn(server, { host, port });
  return {
    port: listening,
    refresh() {
      const usual = shelf.usual();
      if (usual?.cert === served?.cert) return; // tickets of sessions end with the context that gave them
      served = usual;
      server.setSecureContext({ ...tlsRules(rules), ...usual });
    },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

/** For HTTP/1.1 these count there as well, though its types don't know. */
function limitTimes(server: Http2SecureServer, { requestMs }: Patience): void {
  Object.assign(server, { requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: 72 * secondMs });
}

function answer(app: Answerer, request: Http2ServerRequest, response: Http2ServerResponse): void {
  if (request.httpVersionMajor === 2) asHttp1(request);
  app.routing(request as unknown as IncomingMessage, response as unknown as ServerResponse);
}

/** Whoever reads headers knows a host, and takes a colon in a name for an attack. */
function asHttp1(request: Http2ServerRequest): void {
  const { headers } = request;
  const plain = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  const host = headers.host ?? headers[":authority"];
  Object.defineProperty(request, "headers", { value: { ...Object.fromEntries(plain), ...(host ? { host } : {}) } });
}

/** HTTP/2 has no timeout of its own for a request that never ends. */
function limitBody({ stream, httpVersionMajor }: Http2ServerRequest, { requestMs }: Patience): void {
  if (httpVersionMajor !== 2 || stream.endAfterHeaders) return;
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), requestMs);
  for (const event of ["end", "close"]) stream.once(event, () => clearTimeout(timer));
}
