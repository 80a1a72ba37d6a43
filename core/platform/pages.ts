import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Refusal } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export interface Pages {
  /** Files as a browser gets them; `index.html` is the page, and names the others under `/assets/`. */
  readonly folder: string;
  /** Where the page is shown. */
  readonly addresses: readonly string[];
}

interface File {
  readonly type: string;
  readonly bytes: Buffer;
  readonly packed: Buffer;
  readonly tag: string;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Tighter than what the API answers with: nothing inline, nothing from elsewhere, and no text that becomes markup. */
const policy = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "connect-src"].map((directive) => `${directive} 'self'`),
  ...["base-uri", "form-action", "frame-ancestors"].map((directive) => `${directive} 'none'`),
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/**
 * Serves a folder, read once. Assets live under an address that changes with any of them, so browsers keep them for good and
 * never mix two versions; the page itself is asked for each time, and answered by 304 while it is the same.
 */
export async function servePages(app: FastifyInstance, { folder, addresses }: Pages): Promise<void> {
  const files = await readFolder(folder);
  const version = hashOf([...files].flatMap(([path, { bytes }]) => [path, bytes]));
  const page = await toPage(files, version);
  for (const url of addresses) {
    app.get(url, { schema: { hide: true } }, (request, reply) => {
      reply.header("content-security-policy", policy).header("cache-control", "no-cache").header("etag", page.tag);
      if (request.headers["if-none-match"] === page.tag) return reply.code(304).send();
      return sendFile(request, reply, page);
    });
  }
  app.get(`/assets/${version}/*`, { schema: { hide: true } }, (request, reply) => {
    const file = files.get((request.params as { "*": string })["*"]);
    if (!file) throw new Refusal("not_found", "http.no_such_file", "there is no such file");
    reply.header("cache-control", "public, max-age=31536000, immutable");
    return sendFile(request, reply, file);
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { type, bytes, packed }: File): FastifyReply {
  const isPacked = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  if (isPacked) reply.header("content-encoding", "gzip");
  return reply
    .type(type)
    .header("vary", "accept-encoding")
    .send(isPacked ? packed : bytes);
}

async function readFolder(folder: string): Promise<Map<string, File>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && types[extname(entry.name)])
    .map((entry) => join(entry.parentPath, entry.name));
  const read = paths.sort().map(async (path): Promise<[string, File]> => {
    const name = path.slice(join(folder, "/").length).replaceAll("\\", "/");
    return [name, await toFile(extname(path), await readFile(path))];
  });
  return new Map(await Promise.all(read));
}

/** The page with this version's addresses, and with its modules named up front: they are then fetched at once, not in turns. */
async function toPage(files: ReadonlyMap<string, File>, version: string): Promise<File> {
  const html = files.get("index.html")?.bytes.toString() ?? "";
  const modules = [...files.keys()].filter((path) => path.endsWith(".js"));
  const preloads = modules.map((path) => `<link rel="modulepreload" href="/assets/${path}">`).join("\n    ");
  const whole = html.replace("</head>", `  ${preloads}\n  </head>`).replaceAll('"/assets/', `"/assets/${version}/`);
  return toFile(".html", Buffer.from(whole));
}

async function toFile(extension: string, bytes: Buffer): Promise<File> {
  const packed = await promisify(gzip)(bytes, { level: 9 });
  return { type: types[extension] ?? "", bytes, packed, tag: `"${hashOf([bytes])}"` };
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("base64url").slice(0, 16);
}
