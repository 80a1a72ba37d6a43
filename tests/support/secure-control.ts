import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { Agent, type RequestOptions, request as requestHttps } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect as connectTls, type DetailedPeerCertificate } from "node:tls";
import { readConfig } from "../../apps/control/src/config.ts";
import { type Control, startControl } from "../../apps/control/src/start.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

export interface SecureSite {
  readonly folder: string;
  readonly database: TestDatabase;
  /** Starts one more control; `env` says how. All of them end with the site. */
  start(env: NodeJS.ProcessEnv, now?: () => Date): Promise<Control>;
  close(): Promise<void>;
}

/** Whole controls over one database, each with its sockets, in this process. */
export async function secureSite(): Promise<SecureSite> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "berth-tls-"));
  const running = new Set<Control>();
  return {
    folder,
    database,
    async start(env, now) {
      const control = await startControl(readConfig({ ...usual(folder, database), ...env }), { now });
      const ended = { ...control, close: () => control.close().finally(() => running.delete(ended)) };
      running.add(ended);
      return ended;
    },
    async close() {
      await Promise.all([...running].map((control) => control.close()));
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function usual(folder: string, { url }: TestDatabase): NodeJS.ProcessEnv {
  return {
    BERTH_DATA: folder,
    BERTH_DATABASE_URL: url,
    BERTH_HTTP_PORT: "0",
    BERTH_LINK_PORT: "0",
    BERTH_LINK_HOST: "127.0.0.1",
    BERTH_TLS_HOST: "127.0.0.1",
    BERTH_TLS_PORT: "0",
    BERTH_DRAIN_SECONDS: "0",
    BERTH_ADMIN_EMAIL: "operator@example.com",
    BERTH_ADMIN_PASSWORD: "a password for tests",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "silent",
  };
}

/** What a handshake comes to; the certificate is shown whoever vouches for it. */
export async function shake(
  port: number,
  options: ConnectionOptions = {},
): Promise<{ protocol: string; cipher: string; alpn: string | false; certificate: DetailedPeerCertificate }> {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  try {
    await once(socket, "secureConnect");
    return {
      protocol: socket.getProtocol() ?? "",
      cipher: socket.getCipher().name,
      alpn: socket.alpnProtocol ?? false,
      certificate: socket.getPeerCertificate(true),
    };
  } finally {
    socket.destroy();
  }
}

/** One request over HTTP/1.1; with an agent that keeps connections, on one that is open. */
export async function askHttp1(port: number, options: RequestOptions & { body?: string } = {}) {
  const { body, ...rest } = options;
  const agent = rest.agent ?? new Agent();
  const sent = requestHttps({ host: "127.0.0.1", port, rejectUnauthorized: false, ...rest, agent });
  sent.end(body);
  const [response] = await once(sent, "response");
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) };
}

/** One request over HTTP/2, as a browser sends it. */
export async function askHttp2(port: number, headers: OutgoingHttpHeaders, body?: string) {
  const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
  try {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [answer] = await once(stream, "response");
    return { status: Number(answer[":status"]), headers: answer, body: await text(stream) };
  } finally {
    session.close();
  }
}
