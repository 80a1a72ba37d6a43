import type { FastifyReply, FastifyRequest } from "fastify";

/** For answers that are no page: nothing in them may run, load, be framed or be sent. */
const apiPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const always: Readonly<Record<string, string>> = {
  "content-security-policy": apiPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "x-dns-prefetch-control": "off",
  "x-permitted-cross-domain-policies": "none",
};

/** Two years, and every host below: what a preload list asks for. */
const strictTransport = "max-age=63072000; includeSubDomains";

/**
 * What every answer carries, also one to an address that can't be read. Whoever serves a page sets its own policy after it.
 * Answers of the API are kept by nobody.
 */
export function setSecureHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(always);
  if (isHttps(request)) reply.header("strict-transport-security", strictTransport);
  if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
}

/** A forged header makes a browser stay on https for the forger's own answer, and for nobody else's. */
function isHttps(request: FastifyRequest): boolean {
  return request.protocol === "https" || request.headers["x-forwarded-proto"] === "https";
}
