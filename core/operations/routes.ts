import { operations as api, streams } from "@berth/api";
import { Refusal, secondMs } from "@berth/kit";
import websocket from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import { createWebSocketStream, type WebSocket } from "ws";
import { serve } from "../platform/http.ts";
import { cancelOperation } from "./cancel.ts";
import { countOperations, findOperations } from "./list-store.ts";
import { type Ending, endMeetings } from "./meeting.ts";
import { retryOperation, startOperation } from "./start.ts";
import { makeTicket } from "./ticket.ts";
import { showOperation } from "./views.ts";
import { visitNode } from "./visit.ts";

export function operationRoutes(app: FastifyInstance): void {
  serve(app, api.startOperation, startOperation);
  serve(app, api.listOperations, findOperations);
  serve(app, api.countOperations, countOperations);
  serve(app, api.getOperation, (ctx, { operationId }) => showOperation(ctx, operationId));
  serve(app, api.cancelOperation, (ctx, { operationId }) => cancelOperation(ctx, operationId));
  serve(app, api.retryOperation, (ctx, { operationId }) => retryOperation(ctx, operationId));
}

const messageMostBytes = 64 * 1024;
/** Messages that wait until the node has taken those before. */
const mostWaiting = 16;
/** How long the other end may take to answer that it closes as well. */
const closeMs = secondMs;

/** Flows between people and nodes. `linkUrl`: where agents reach this replica. Call it after live updates are served. */
export async function streamRoutes(app: FastifyInstance, linkUrl: string): Promise<void> {
  serve(app, streams.openLogs, (ctx, { nodeId, of, via }) =>
    makeTicket(ctx, { kind: "logs", nodeId, input: { of }, via }),
  );
  serve(app, streams.openShell, (ctx, { nodeId, terminal, via }) =>
    makeTicket(ctx, { kind: "shell", nodeId, input: { terminal }, via }),
  );
  if (!app.hasDecorator("websocketServer")) {
    await app.register(websocket, { options: { maxPayload: messageMostBytes } });
  }
  const { berth, replica } = app;
  replica.onLost(() => endMeetings(berth, "control was taken to be gone"));
  app.addHook("preClose", async () => endMeetings(berth, "control is stopping"));
  app.get(streams.streamPath, { websocket: true, schema: { hide: true } }, async (socket: WebSocket, request) => {
    const { ticket } = request.params as { ticket: string };
    const end = createWebSocketStream(socket, { readableObjectMode: true, readableHighWaterMark: mostWaiting });
    end.on("error", () => {}); // the flow ends with it
    const visitor = { end, ticket, ask: () => app.identify(request), linkUrl, replica };
    const visit = visitNode({ ...berth, log: request.log }, visitor);
    closeSocket(socket, await visit.catch(toEnding));
  });
}

function toEnding(error: unknown): Ending {
  if (error instanceof Refusal && error.kind === "exhausted") return { why: "exhausted", detail: error.message };
  return { why: "unavailable", detail: "try again in a moment" };
}

function closeSocket(socket: WebSocket, { why, detail }: Ending): void {
  if (socket.readyState === socket.OPEN) socket.close(why === "ended" ? 1000 : streams.streamCodes[why], detail);
  setTimeout(() => socket.terminate(), closeMs).unref();
}
