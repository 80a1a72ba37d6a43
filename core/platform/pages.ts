import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { Refusal } from "@berth/kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export interface Pages {
  /** What was built: `index.html`, and under `assets/` files whose names change with what is in them. */
  readonly folder: string;
}

interface File {
  readonly type: string;
  /** By the name of their coding; `identity` is the file itself. */
  readonly bytes: Readonly<Record<Coding, Buffer>>;
}

type Coding = "br" | "gzip" | "identity";
type Built = { readonly page: string; readonly files: ReadonlyMap<string, File> };

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** What stands in the page where each answer puts a nonce of its own. */
const noncePlaceholder = "BERTH_NONCE";

/**
 * Tighter than what the API answers with: nothing from elsewhere, styles only by this answer's nonce, and no text becomes markup
 * but by the page's own rule, which lets none that holds a tag.
 */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    ...["script-src", "img-src", "connect-src"].map((directive) => `${directive} 'self'`),
    `style-src 'self' 'nonce-${nonce}'`,
    ...["base-uri", "form-action", "frame-ancestors"].map((directive) => `${directive} 'none'`),
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ].join("; ");

/**
 * Serves a built application: its files for good, since their names change with them, and its page at every address that nobody
 * else takes. Read at the first request, so that a control that shows no page needs none.
 */
export function servePages(app: FastifyInstance, { folder }: Pages): void {
  let reading: Promise<Built> | undefined;
  const built = () => {
    reading ??= readBuilt(folder).catch((error: Error) => {
      reading = undefined; // it may be built by the time somebody asks again
      app.log.warn({ error: String(error.cause ?? error) }, "pages not read");
      throw error;
    });
    return reading;
  };
  app.get("/", { schema: { hide: true } }, (_request, reply) => sendPage(reply, built()));
  app.get("/assets/*", { schema: { hide: true } }, async (request, reply) => {
    const file = (await built()).files.get((request.params as { "*": string })["*"]);
    if (!file) throw new Refusal("not_found", "http.no_such_file", "there is no such file");
    return sendFile(request, reply, file);
  });
  app.decorate("showPage", (request: FastifyRequest, reply: FastifyReply) => {
    return isPage(request) ? sendPage(reply, built()) : undefined;
  });
}

declare module "fastify" {
  interface FastifyInstance {
    /** Answers an address that no route takes, when it may be one of a page; nothing when it can't be. */
    showPage?: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | undefined;
  }
}

/** What looks like a file, and what is no page's to answer, is not there when nobody serves it. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  const path = url.split("?")[0] ?? "";
  const isOther = /^\/(api|assets|c|s|\.well-known)(\/|$)/.test(path) || path.includes(".");
  const { accept = "*/*" } = headers;
  return (method === "GET" || method === "HEAD") && !isOther && /text\/html|\*\/\*/.test(accept);
}

async function sendPage(reply: FastifyReply, built: Promise<Built>): Promise<FastifyReply> {
  const nonce = randomBytes(18).toString("base64");
  const { page } = await built;
  return reply
    .type("text/html; charset=utf-8")
    .header("content-security-policy", policy(nonce))
    .header("cache-control", "no-cache")
    .send(page.replaceAll(noncePlaceholder, nonce));
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { type, bytes }: File): FastifyReply {
  const coding = codingOf(String(request.headers["accept-encoding"] ?? ""));
  if (coding !== "identity") reply.header("content-encoding", coding);
  return reply
    .type(type)
    .header("vary", "accept-encoding")
    .header("cache-control", "public, max-age=31536000, immutable")
    .send(bytes[coding]);
}

function codingOf(accepted: string): Coding {
  if (/\bbr\b/.test(accepted)) return "br";
  return /\bgzip\b/.test(accepted) ? "gzip" : "identity";
}

async function readBuilt(folder: string): Promise<Built> {
  const page = await readFile(join(folder, "index.html"), "utf8").catch((cause) => {
    // Where it looked is for the log: a detail would be told to anybody.
    const refusal = new Refusal("unavailable", "http.no_pages", "the console is not built: npm run build");
    throw Object.assign(refusal, { cause });
  });
  const assets = join(folder, "assets");
  const names = (await readdir(assets)).filter((name) => types[extname(name)]);
  const read = names.map(async (name): Promise<[string, File]> => [name, await readAsset(join(assets, name))]);
  return { page, files: new Map(await Promise.all(read)) };
}

async function readAsset(path: string): Promise<File> {
  const [identity, br, gzip] = await Promise.all(["", ".br", ".gz"].map((end) => readFile(path + end)));
  return { type: types[extname(path)] ?? "", bytes: { identity, br, gzip } as Record<Coding, Buffer> };
}
