import { once } from "node:events";
import { createSecureServer, type Http2ServerRequest, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Clock, secondMs } from "@berth/kit";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Doorway } from "./doorway.ts";
import { type LinkGate, openGate } from "./gate.ts";
import { keepAlive } from "./keepalive.ts";
import { splitCertificates } from "./keys.ts";
import { agentMessageMaxBytes, controlMessageMaxBytes } from "./limits.ts";
import { OpenFlows } from "./open-flows.ts";
import { identify } from "./peer.ts";
import { addRoutes, type LinkHandlers, remoteKey, remoteOf, type Service } from "./service.ts";

export interface LinkCredentials {
  /** PEM: control's certificate and the authority's, see `issueServer`. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  /** PEM, every authority whose nodes are let in: more than one while the authority is being replaced. */
  readonly authorities: string;
}

export interface LinkOptions extends LinkCredentials {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  readonly handlers: LinkHandlers;
  readonly now?: Clock;
  /** Lets everybody in unless given. */
  readonly gate?: LinkGate;
  /** Told of every error of a handler that is not a refusal; the agent hears only `internal`. */
  readonly onError?: Service["onError"];
}

export interface LinkServer {
  readonly port: number;
  /** New connections get the new certificate, new calls are judged by the new authorities; open streams go on. */
  reload(credentials: LinkCredentials): void;
  /** Tells every agent that the end is near, and returns within two seconds. */
  close(): Promise<void>;
}

const closeMs = 1_500;
/** Whoever has no certificate of this installation has come to enrol, which takes one second. */
const strangerMs = 30 * secondMs;

/** Serves agents over gRPC on HTTP/2 and TLS 1.3. See `addRoutes` for who may call what. */
export async function serveLink(options: LinkOptions): Promise<LinkServer> {
  const { host, handlers, now = () => new Date(), gate = openGate, onError = () => undefined } = options;
  let authorities = splitCertificates(options.authorities);
  const stopping = new AbortController();
  const service: Service = { handlers, authorities: () => authorities, now, gate, open: new OpenFlows(), onError };
  const adapter = connectNodeAdapter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    acceptCompression: [],
    readMaxBytes: agentMessageMaxBytes,
    writeMaxBytes: controlMessageMaxBytes,
    shutdownSignal: stopping.signal,
    contextValues: (request) => createContextValues().set(remoteKey, remoteOf(socketOf(request as Http2ServerRequest))),
    routes: (router) => addRoutes(router, service),
  });
  const server = createSecureServer(
    {
      ...toSecureContext(options),
      requestCert: true,
      // Expired certificates must reach `Renew`; `identify` judges every one, at every call.
      rejectUnauthorized: false,
      handshakeTimeout: 10 * secondMs,
      settings: { maxConcurrentStreams: 16, enablePush: false },
    },
    adapter,
  );
  const doorway = new Doorway(gate);
  const sessions = track(server, { doorway, service });
  // A door of its own before TLS: what is turned away costs no handshake.
  const door = createServer((socket) => void doorway.enter(socket, (socket) => void server.emit("connection", socket)));
  door.listen(options.port, host);
  await once(door, "listening");

  return {
    port: (door.address() as AddressInfo).port,
    reload(credentials) {
      authorities = splitCertificates(credentials.authorities);
      server.setSecureContext(toSecureContext(credentials));
    },
    async close() {
      stopping.abort(new ConnectError("control is stopping", Code.Unavailable));
      const closed = new Promise<void>((resolve) => door.close(() => resolve()));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => doorway.destroyAll(), closeMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function toSecureContext({ certificate, key, authorities }: LinkCredentials) {
  return { cert: certificate, key, ca: splitCertificates(authorities), minVersion: "TLSv1.3" as const };
}

/** The TLS socket behind a request; the one that HTTP/2 hands out is a proxy that passes reads on. */
function socketOf(request: Http2ServerRequest): TLSSocket {
  return request.stream.session?.socket as TLSSocket;
}

interface Serving {
  readonly doorway: Doorway;
  readonly service: Service;
}

/** The open sessions. Those of strangers end soon, and at once where only nodes are served. */
function track(server: ReturnType<typeof createSecureServer>, { doorway, service }: Serving): Set<ServerHttp2Session> {
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => undefined); // the calls on it hear of it; a lost connection is nobody's bug
    keepAlive(session);
    const socket = session.socket as TLSSocket;
    const isKnown = isOfNode(socket, service);
    if (isKnown) doorway.know(socket);
    else if (doorway.isNodesOnly(socket)) session.destroy();
    const timer = isKnown ? undefined : setTimeout(() => session.destroy(), strangerMs);
    session.once("close", () => {
      clearTimeout(timer);
      sessions.delete(session);
    });
  });
  return sessions;
}

/** True for a certificate that this installation gave a node, be it expired: each call judges it again. */
function isOfNode(socket: TLSSocket, { authorities, now }: Service): boolean {
  const { certificate } = remoteOf(socket);
  try {
    return certificate !== undefined && identify(certificate, authorities(), now()) !== undefined;
  } catch {
    return false;
  }
}
