import { pipeline, Readable } from "node:stream";
import { promisify } from "node:util";
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasBearer, isSameOrigin } from "./origin.ts";

/** What fits into one packet anyway gains nothing. */
const leastBytes = 1_400;

/** A level that keeps up with the network: the highest ones take a hundred times as long for a tenth less. */
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const codings = {
  br: { pack: (bytes: Buffer) => promisify(brotliCompress)(bytes, brotli), stream: () => createBrotliCompress(brotli) },
  gzip: { pack: (bytes: Buffer) => promisify(gzip)(bytes), stream: () => createGzip() },
};

/**
 * Compresses what is read. The size of a compressed answer tells whether a text that an attacker chose equals a secret beside
 * it (BREACH); for that they must make a victim's browser send requests with their text and the victim's cookie. So answers
 * that another site may have asked for, with a cookie and without a bearer token, go out as they are; and so do all answers
 * of mutations, which alone hold secrets that are shown once.
 */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply, payload) => {
    if (!isCompressible(request, reply)) return payload;
    reply.header("vary", "accept-encoding");
    const name = codingOf(request.headers["accept-encoding"]);
    if (!name || isTiny(payload)) return payload;
    reply.header("content-encoding", name).removeHeader("content-length");
    if (!(payload instanceof Readable)) return codings[name].pack(Buffer.from(payload as string));
    // Whoever reads the result hears of an end before its time by itself.
    return pipeline(payload, codings[name].stream(), () => {});
  });
}

function isCompressible({ method, headers }: FastifyRequest, reply: FastifyReply): boolean {
  if (method !== "GET" || reply.statusCode !== 200 || reply.hasHeader("content-encoding")) return false;
  if (headers.cookie !== undefined && !hasBearer(headers) && !isSameOrigin(headers)) return false;
  return /^(text\/|application\/json)/.test(String(reply.getHeader("content-type") ?? ""));
}

function isTiny(payload: unknown): boolean {
  return payload instanceof Readable
    ? false
    : Buffer.byteLength((payload as string | Buffer | null) ?? "") < leastBytes;
}

/** The best coding that the client takes. */
function codingOf(accepted: string | string[] | undefined): keyof typeof codings | undefined {
  const takes = new Set<string>();
  for (const part of String(accepted ?? "").split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) takes.add(name);
  }
  return takes.has("br") ? "br" : takes.has("gzip") ? "gzip" : undefined;
}
