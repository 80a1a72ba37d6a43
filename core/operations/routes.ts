import { operations as api, streams } from "@berth/api";
import { secondMs } from "@berth/kit";
import websocket from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import { createWebSocketStream, type WebSocket } from "ws";
import { serve } from "../platform/http.ts";
import { cancelOperation } from "./cancel.ts";
import { visitNode } from "./join.ts";
import { type Ending, endMeetings } from "./meeting.ts";
import { retryOperation, startOperation } from "./start.ts";
import { makeTicket } from "./ticket.ts";
import { findOperations, showOperation } from "./views.ts";

export function operationRoutes(app: FastifyInstance): void {
  serve(app, api.startOperation, startOperation);
  serve(app, api.listOperations, findOperations);
  serve(app, api.getOperation, (ctx, { operationId }) => showOperation(ctx, operationId));
  serve(app, api.cancelOperation, (ctx, { operationId }) => cancelOperation(ctx, operationId));
  serve(app, api.retryOperation, (ctx, { operationId }) => retryOperation(ctx, operationId));
}

const messageMostBytes = 64 * 1024;
/** How long the other end may take to answer that it closes as well. */
const closeMs = secondMs;

/** Flows between people and nodes. `linkUrl`: where agents reach this replica. Call it after live updates are served. */
export async function streamRoutes(app: FastifyInstance, linkUrl: string): Promise<void> {
  serve(app, streams.openLogs, (ctx, { nodeId, of }) => makeTicket(ctx, "logs", nodeId, { of }));
  serve(app, streams.openShell, (ctx, { nodeId }) => makeTicket(ctx, "shell", nodeId, {}));
  if (!app.hasDecorator("websocketServer")) {
    await app.register(websocket, { options: { maxPayload: messageMostBytes } });
  }
  app.addHook("preClose", async () => endMeetings(app.berth));
  app.get(streams.streamPath, { websocket: true, schema: { hide: true } }, async (socket: WebSocket, request) => {
    const { ticket } = request.params as { ticket: string };
    const end = createWebSocketStream(socket);
    end.on("error", () => {}); // the flow ends with it
    const ask = () => app.identify(request);
    const visit = visitNode({ ...app.berth, log: request.log }, { end, ticket, ask, linkUrl });
    closeSocket(socket, await visit.catch(() => ({ why: "unavailable" as const, detail: "try again in a moment" })));
  });
}

function closeSocket(socket: WebSocket, { why, detail }: Ending): void {
  if (socket.readyState === socket.OPEN) socket.close(why === "ended" ? 1000 : streams.streamCodes[why], detail);
  setTimeout(() => socket.terminate(), closeMs).unref();
}
