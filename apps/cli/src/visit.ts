import { once } from "node:events";
import type { Duplex } from "node:stream";
import { type ReplyOf, streams } from "@berth/api";
import { Refusal } from "@berth/kit";
import { dialRendezvous, encodeFrame, sealAsVisitor } from "@berth/relay";
import { createWebSocketStream, WebSocket } from "ws";

type Opened = ReplyOf<typeof streams.openShell>;

/** Control takes no larger message. */
const mostBytes = 8 * 1024;

/** A person's end of a flow, whichever way it goes. */
export interface Visit {
  /** What the node says. */
  readonly heard: AsyncIterable<Buffer>;
  /** Resolves when there is room for more. */
  say(bytes: Buffer): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Code and reason with which control closed it. */
  readonly over: Promise<{ code: number; reason: string }>;
  leave(): void;
}

/** Uses a ticket. Throws a `Refusal` when it goes by a relay that can't be reached from here. */
export async function visit(opened: Opened, { url, token }: { url: string; token: string }): Promise<Visit> {
  const address = `${url.replace(/^http/, "ws")}${streams.streamPath.replace(":ticket", opened.ticket)}`;
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } });
  const over = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
  );
  socket.on("error", () => {}); // a close follows
  const isOpen = once(socket, "open").catch(() => undefined);
  await Promise.race([isOpen, over]);
  if (!opened.rendezvous) return throughControl(socket, over);
  return throughRelay({ socket, over, rendezvous: opened.rendezvous, proof: opened.ticket });
}

function throughControl(socket: WebSocket, over: Visit["over"]): Visit {
  const stream = createWebSocketStream(socket);
  stream.on("error", () => {}); // it is told by `over`
  return {
    heard: quietly(stream),
    say: (bytes) => sayIn(stream, piecesOf(bytes)),
    resize: (columns, rows) => socket.send(JSON.stringify({ columns, rows })),
    over,
    leave: () => socket.close(),
  };
}

interface ByRelay {
  readonly socket: WebSocket;
  readonly over: Visit["over"];
  readonly rendezvous: NonNullable<Opened["rendezvous"]>;
  readonly proof: string;
}

/** Control keeps watch over its socket; what is said goes past it. */
async function throughRelay({ socket, over, rendezvous, proof }: ByRelay): Promise<Visit> {
  const left = new AbortController();
  void over.then(() => left.abort());
  try {
    const way = await dialRendezvous(rendezvous, left.signal);
    const node = await sealAsVisitor(way, { nodeKey: rendezvous.nodeKey, proof });
    return {
      heard: quietly(node),
      say: (bytes) =>
        sayIn(
          node,
          piecesOf(bytes).map((data) => encodeFrame({ kind: "data", data })),
        ),
      resize: (columns, rows) => void node.write(encodeFrame({ kind: "size", columns, rows })),
      over,
      leave: () => {
        node.destroy();
        socket.close();
      },
    };
  } catch (error) {
    socket.close();
    if (!(left.signal.aborted && error instanceof Refusal)) throw error;
    const { reason } = await over; // control knows better why
    throw new Refusal(error.kind, error.code, reason || error.message);
  }
}

function piecesOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / mostBytes);
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * mostBytes, (n + 1) * mostBytes));
}

async function sayIn(stream: Duplex, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) await new Promise<void>((resolve) => stream.write(piece, () => resolve()));
}

/** What comes until it ends, however it ends. */
async function* quietly(stream: Duplex): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const bytes of stream) yield bytes;
  } catch {
    // Why is told by `over`.
  }
}
