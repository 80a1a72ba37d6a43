import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { secondMs } from "@berth/kit";
import { type ListenAddress, listenOn } from "./listen.ts";
import { inUrl, plainName } from "./names.ts";

export interface RedirectOptions extends ListenAddress {
  /** Where to send whom: the names that control is reached by, and the port of its TLS. */
  readonly names: readonly string[];
  readonly securePort: number;
  /** What a certificate authority wants to read at a token (RFC 8555, 8.3). */
  readonly answerTo: (token: string) => Promise<string | undefined>;
}

const challengePath = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{16,128})$/;

/** Speaks clear text with everybody, and so says nothing but where TLS is, and what a certificate authority asks. */
export async function serveRedirect(options: RedirectOptions): Promise<{ port: number; close(): Promise<void> }> {
  const limits = { headersTimeout: 5 * secondMs, requestTimeout: 5 * secondMs, maxHeaderSize: 8 * 1024 };
  const server = createServer({ ...limits, keepAlive: false }, (request, response) => {
    answer(options, request, response).catch(() => end(response, 503));
  });
  return {
    port: await listenOn(server, options),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function answer(options: RedirectOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const target = request.url ?? "/";
  const [, token] = challengePath.exec(target) ?? [];
  if (!isRead || !target.startsWith("/")) return end(response, 405);
  if (token === undefined) return redirect(options, request, response);
  const text = await options.answerTo(token);
  if (text === undefined) return end(response, 404);
  end(response, 200, { "content-type": "application/octet-stream" }, text);
}

/** To a name of ours only: what a request says of its host, whoever sent it chose. */
function redirect({ names, securePort }: RedirectOptions, { headers, url }: IncomingMessage, response: ServerResponse) {
  const asked = plainName((headers.host ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, ""));
  const name = asked && names.includes(asked) ? asked : names[0];
  if (name === undefined) return end(response, 404);
  const port = securePort === 443 ? "" : `:${securePort}`;
  end(response, 308, { location: `https://${inUrl(name)}${port}${url}` });
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}, text = ""): void {
  response.writeHead(status, {
    ...headers,
    "content-length": Buffer.byteLength(text),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(text);
}
