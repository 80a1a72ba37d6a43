import { once } from "node:events";
import { chmod, mkdir, stat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { Refusal } from "@berth/kit";
import manifest from "../package.json" with { type: "json" };
import { maxRequestBytes } from "./control-limits.ts";
import { type ControlRequest, request } from "./control-messages.ts";
import { encodeLine, readLines } from "./lines.ts";
import { type Log, silentLog } from "./log.ts";
import type { Relay } from "./relay.ts";
import type { Rendezvous } from "./rendezvous.ts";

/** Growth reaches the agent within a quarter of a second, with room for the way. */
const newsMs = 150;
/** An agent that leaves this much unread is stuck; it may come back and ask for everything. */
const mostUnreadBytes = 32 << 20;

export interface ControlServer {
  /** Tells connected agents at once what they have not heard yet; resolves when it is written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What a relay process has beside its rooms. */
interface Beside {
  readonly rendezvous?: Rendezvous;
  /** Has the process end, graciously; whoever keeps it running starts the next one. */
  readonly restart?: () => void;
}

/**
 * Lets an agent steer the relay through a Unix socket that only this user can open. Replaces the socket that a killed process
 * left behind; refuses to take one that is served.
 */
export async function serveControl(
  socketPath: string,
  relay: Relay,
  log: Log = silentLog,
  beside: Beside = {},
): Promise<ControlServer> {
  const perform = async (asked: ControlRequest) => {
    if (asked.method === "expect") return expect(beside.rendezvous, asked.params);
    if (asked.method === "restart") return restart(beside.restart);
    return steer(relay, asked);
  };
  await makePrivateFolder(dirname(socketPath));
  const agents = new Set<Socket>();
  const server = createServer((socket) => {
    agents.add(socket);
    socket.on("error", (err) => log.warn({ err }, "control connection failed"));
    socket.on("close", () => agents.delete(socket));
    readLines(
      socket,
      maxRequestBytes,
      (value) => void answer(perform, log, value).then((reply) => tell(socket, reply)),
    );
    sendNews(); // what was kept while nobody was there
  });
  let timer: NodeJS.Timeout | undefined;
  const sendNews = () => {
    clearTimeout(timer);
    timer = undefined;
    if (agents.size > 0) for (const line of takeNews(relay)) for (const socket of agents) tell(socket, line);
  };
  relay.onNews(() => {
    timer ??= setTimeout(sendNews, newsMs);
  });
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  return {
    flush: async () => {
      sendNews();
      await Promise.all([...agents].map(written));
    },
    close: async () => {
      clearTimeout(timer);
      relay.onNews(() => {});
      const closed = once(server, "close");
      server.close();
      for (const socket of agents) socket.end(() => socket.destroy());
      await closed;
    },
  };
}

/** Growth is given away for good: the agent that hears it is the one that keeps it, and can ask for everything. */
function takeNews(relay: Relay): string[] {
  const grown = relay.takeGrown();
  const knocks = relay.takeKnocks();
  const news: string[] = [];
  if (grown.entries.length > 0) news.push(encodeLine({ event: "counters", data: grown }));
  if (knocks.length > 0) news.push(encodeLine({ event: "knocks", data: knocks }));
  return news;
}

function tell(socket: Socket, line: string): void {
  if (socket.writableLength > mostUnreadBytes) socket.destroy(new Error("the agent does not read"));
  else if (socket.writable) socket.write(line);
}

type Perform = (asked: ControlRequest) => Promise<unknown>;

async function answer(perform: Perform, log: Log, value: unknown): Promise<string> {
  const id = (value as { id?: unknown } | null)?.id;
  try {
    const parsed = request.safeParse(value);
    if (!parsed.success) throw new Refusal("invalid", "relay.bad_spec", parsed.error.message);
    return encodeLine({ id, result: await perform(parsed.data) });
  } catch (error) {
    if (error instanceof Refusal) {
      return encodeLine({ id, error: { kind: error.kind, code: error.code, message: error.message } });
    }
    log.error({ err: error }, "control request failed");
    return encodeLine({ id, error: { kind: "unavailable", code: "relay.driver_failed", message: "something broke" } });
  }
}

async function expect(
  rendezvous: Rendezvous | undefined,
  { ticketHash, until }: { ticketHash: string; until: Date },
): Promise<unknown> {
  if (!rendezvous) throw new Refusal("unavailable", "rendezvous.off", "this relay joins nobody");
  rendezvous.expect(ticketHash, until);
  return { port: rendezvous.port, pin: rendezvous.pin };
}

function restart(perform: (() => void) | undefined): object {
  if (!perform) throw new Refusal("unavailable", "relay.cannot_restart", "nobody would start this relay again");
  setImmediate(perform); // after the answer
  return {};
}

async function steer(relay: Relay, asked: Exclude<ControlRequest, { method: "expect" | "restart" }>): Promise<unknown> {
  switch (asked.method) {
    case "put":
      return relay.put(asked.params);
    case "remove":
      return relay.remove(asked.params.instanceId);
    case "list":
      return relay.list();
    case "counters":
      return relay.counters();
    case "tally":
      return relay.tally;
    case "version":
      return { version: manifest.version };
  }
}

/** Resolves when all that was written so far has left, or cannot leave. */
function written(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    if (!socket.writable) resolve();
    else socket.write("", () => resolve());
  });
}

async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await stat(folder);
  if ((mode & 0o077) !== 0) {
    throw new Refusal("conflict", "relay.open_folder", `${folder} must be a folder of its owner alone (0700)`);
  }
}

async function listen(server: Server, path: string): Promise<void> {
  try {
    await bind(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (await isServed(path))
      throw new Refusal("conflict", "relay.socket_in_use", `${path} is served by another process`);
    await unlink(path);
    await bind(server, path);
  }
}

async function bind(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
}

/** Whether a process listens there; a file alone is what a killed one left. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => resolve(true));
    probe.on("error", () => resolve(false));
    probe.on("connect", () => probe.destroy());
  });
}
