import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import { keepAlive } from "./keepalive.ts";

/**
 * One connection, in the shape of Connect's session managers, for as long as its owner needs it. Connect's own manager reconnects by itself, which is the agent's
 * business here, and in 2.2.0 a ping that times out on a session that was closed meanwhile ends the process.
 */
export class ClientSession {
  readonly authority: string;
  readonly #session: ClientHttp2Session;
  readonly #connected: Promise<unknown>;

  constructor(url: string, options: SecureClientSessionOptions) {
    this.authority = new URL(url).origin;
    this.#session = connect(this.authority, options);
    this.#connected = once(this.#session, "connect");
    // Whoever makes a request hears of it; until then, and after it, a connection that breaks is nobody's bug.
    this.#connected.catch(() => undefined);
    this.#session.on("error", () => undefined);
    keepAlive(this.#session);
  }

  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: ClientSessionRequestOptions,
  ): Promise<ClientHttp2Stream> {
    await this.#connected;
    return this.#session.request({ ...headers, ":method": method, ":path": path }, options);
  }

  notifyResponseByteRead(): void {
    // Pings go out however much is read: a few bytes, and nothing to keep track of.
  }

  close(): void {
    this.#session.destroy();
  }
}
