import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** Who may ask at one path, and what they are answered. */
export interface Guard {
  /** The container's own. */
  readonly address: string;
  admits(key: string, source: string): boolean;
}

/** Tailscale's `DERPAdmitClientRequest`. */
const question = z.object({ NodePublic: z.string().max(100), Source: z.string().max(100).default("") });
const largestBytes = 4_096;
const patienceMs = 5_000;

/** Answers derper's verify URL. Each container has a path that nobody else knows, and is heard from its own address only. */
export class Door {
  readonly host: string;
  readonly #server: Server;
  readonly #guards = new Map<string, Guard>();

  /** Listens on that port, or on another one when it is taken. */
  static async open(host: string, port: number): Promise<Door> {
    const door = new Door(host);
    door.#server.listen(port, host);
    try {
      await once(door.#server, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || port === 0) throw error;
      return Door.open(host, 0);
    }
    return door;
  }

  private constructor(host: string) {
    this.host = host;
    this.#server = createServer({ requestTimeout: patienceMs, headersTimeout: patienceMs }, async (request, reply) => {
      const answer = await this.#answer(request).catch(() => undefined); // not derper's words, or not whole
      reply.writeHead(answer ? 200 : 404).end(answer && JSON.stringify(answer));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  urlOf(path: string): string {
    return `http://${this.host}:${this.port}/${path}`;
  }

  set(path: string, guard: Guard): void {
    this.#guards.set(`/${path}`, guard);
  }

  delete(path: string): void {
    this.#guards.delete(`/${path}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<{ Allow: boolean } | undefined> {
    const guard = this.#guards.get(request.url ?? "");
    if (!guard || request.method !== "POST" || request.socket.remoteAddress !== guard.address) return undefined;
    const { NodePublic, Source } = question.parse(JSON.parse(await readBody(request)));
    return { Allow: guard.admits(NodePublic, Source) };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > largestBytes) throw new Error("longer than any question of derper's");
  }
  return text;
}
