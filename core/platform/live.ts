import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { live as api } from "@berth/api";
import websocket from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { LiveHub } from "./live-hub.ts";
import { LiveSocket } from "./live-socket.ts";
import type { Known, LiveSource } from "./live-topic.ts";
import { Replica } from "./replica.ts";

declare module "fastify" {
  interface FastifyInstance {
    live: LiveHub;
    replica: Replica;
  }
}

/** How long a program may take to say who it is. */
const helloMs = 5_000;
/** Sockets of nobody yet; more are turned away. */
const mostUnknown = 256;

/** Serves live updates. Call it after all that decorates requests, and wake `app.live` when there is something new. */
export async function serveLive(app: FastifyInstance, source: LiveSource): Promise<void> {
  const replica = new Replica(app.berth);
  const hub = new LiveHub(app.berth, source, replica);
  app.decorate("live", hub);
  app.decorate("replica", replica);
  app.addHook("onListen", async () => {
    replica.listensAt(await placeOf(app));
    await replica.enter().catch(() => undefined); // tried again when it is needed
  });
  app.addHook("onClose", () => replica.leave());
  await app.register(websocket, {
    options: { maxPayload: api.limits.messageBytes },
    preClose: async () => hub.close(),
    errorHandler: (_error, socket) => socket.terminate(),
  });
  let unknown = 0;
  app.get(api.livePath, { websocket: true, schema: { hide: true } }, async (socket: WebSocket, request) => {
    unknown++;
    const live = new LiveSocket(socket, { hub, log: request.log, canHello: unknown <= mostUnknown });
    try {
      const known = await whoIs(app, request, live);
      if (known) await hub.add(live, known);
    } catch {
      live.end("unauthenticated");
    } finally {
      unknown--;
    }
  });
}

/** Of a machine, a start of it, and its ports. */
async function placeOf(app: FastifyInstance): Promise<string> {
  const start = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => String(process.pid));
  return JSON.stringify([hostname(), start, app.addresses()]);
}

async function whoIs(app: FastifyInstance, request: FastifyRequest, live: LiveSocket): Promise<Known | undefined> {
  // Also where other sites are refused: a browser lets any page open a socket, and sends the cookie along.
  const byHeaders = () => app.identify(request);
  const actor = await byHeaders();
  if (actor.kind === "account") return { actor, ask: byHeaders };
  const token = await live.hello(helloMs);
  if (token === undefined) return undefined;
  const said = withToken(request, token);
  const byToken = () => app.identify(said);
  const named = await byToken();
  if (named.kind === "account") return { actor: named, ask: byToken };
  live.end("unauthenticated");
  return undefined;
}

/** The same request, as if its token had come in a header. */
function withToken(request: FastifyRequest, token: string): FastifyRequest {
  const { cookie: _, ...rest } = request.headers;
  return Object.create(request, { headers: { value: { ...rest, authorization: `Bearer ${token}` } } });
}
