import type { IncomingMessage, ServerResponse } from "node:http";

/** What answers on a room's port beside DERP: how clients measure the way to it and notice captive portals. */
export function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "").split("?", 1)[0];
  if (path === "/derp/probe" || path === "/derp/latency-check") answerProbe(request, response);
  else if (path === "/generate_204") answer204(request, response);
  else if (path === "/derp") say(response, 426, "DERP requires connection upgrade\n", { upgrade: "DERP" });
  else say(response, 404, "not found\n");
}

/** Whether the request asks to speak DERP. Old clients say WebSocket and mean DERP, unless they name the sub-protocol. */
export function wantsDerp({ url = "", method, headers }: IncomingMessage): boolean {
  const upgrade = headers.upgrade?.toLowerCase();
  const isDerp = upgrade === "derp" || (upgrade === "websocket" && headers["sec-websocket-protocol"] === undefined);
  return method === "GET" && url.split("?", 1)[0] === "/derp" && isDerp;
}

/** What is said to an upgrade that is not to DERP; the connection ends after it. */
export const upgradeRefused =
  "HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nUpgrade: DERP\r\nContent-Type: text/plain\r\n" +
  "Content-Length: 33\r\n\r\nDERP requires connection upgrade\n";

/** The answer to an upgrade; a client that starts fast gets none, frames follow at once. */
export function greeting(request: IncomingMessage, publicKey: Buffer): Buffer {
  if (request.headers["derp-fast-start"] === "1") return Buffer.alloc(0);
  return Buffer.from(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\nConnection: Upgrade\r\nDerp-Version: 2\r\n" +
      `Derp-Public-Key: ${publicKey.toString("hex")}\r\n\r\n`,
  );
}

function answerProbe({ method }: IncomingMessage, response: ServerResponse): void {
  if (method !== "GET" && method !== "HEAD") say(response, 405, "bogus probe method\n");
  else response.writeHead(200, { "access-control-allow-origin": "*", "content-length": 0 }).end();
}

function answer204({ headers }: IncomingMessage, response: ServerResponse): void {
  const challenge = headers["x-tailscale-challenge"];
  response.setHeader("cache-control", "no-cache, no-store, must-revalidate, no-transform, max-age=0");
  if (typeof challenge === "string" && /^[A-Za-z0-9._:-]{1,64}$/.test(challenge)) {
    response.setHeader("x-tailscale-response", `response ${challenge}`);
  }
  response.writeHead(204).end();
}

function say(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "text/plain", ...headers }).end(text);
}
