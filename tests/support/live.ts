import { live as api } from "@berth/api";
import { WebSocket } from "ws";

export interface LiveClient {
  /** Everything that came, in order. */
  readonly messages: api.ServerMessage[];
  readonly socket: WebSocket;
  /** Close code, once it is closed; 0 when it was never opened. */
  readonly closed: Promise<number>;
  send(message: unknown): void;
  /** Resolves with the first message, of those to come or there, that fits. */
  until<Type extends api.ServerMessage["type"]>(
    type: Type,
    fits?: (message: Extract<api.ServerMessage, { type: Type }>) => boolean,
  ): Promise<Extract<api.ServerMessage, { type: Type }>>;
  /** `topic id position` of all changes so far. */
  changes(): string[];
}

interface From {
  /** Said in the first message. */
  readonly token?: string;
  /** Said in the request, as a browser does. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A live socket to a control that listens at `url`. */
export function liveClient(url: string, { token, headers }: From): LiveClient {
  const socket = new WebSocket(`${url.replace("http", "ws")}${api.livePath}`, { headers });
  const messages: api.ServerMessage[] = [];
  const waiting = new Set<(message: api.ServerMessage) => void>();
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => resolve(code));
    socket.on("error", () => resolve(0));
  });
  socket.on("open", () => token && socket.send(JSON.stringify({ type: "hello", token })));
  socket.on("message", (data) => {
    const message = api.serverMessage.parse(JSON.parse(String(data)));
    messages.push(message);
    for (const take of waiting) take(message);
  });
  return {
    messages,
    socket,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    until: (type, fits = () => true) =>
      new Promise((resolve, reject) => {
        const take = (message: api.ServerMessage) => {
          if (message.type !== type || !fits(message as never)) return;
          waiting.delete(take);
          resolve(message as never);
        };
        waiting.add(take);
        for (const message of messages) take(message);
        void closed.then((code) => reject(new Error(`closed with ${code} before there was ${type}`)));
      }),
    changes: () =>
      messages.flatMap((message) =>
        message.type === "changes"
          ? message.changes.map(({ topic, id, position }) => `${topic} ${id} ${position}`)
          : [],
      ),
  };
}
