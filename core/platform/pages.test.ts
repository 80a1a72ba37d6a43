import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib";
import Fastify, { type FastifyInstance } from "fastify";
import { refuseUnknown } from "./methods.ts";
import { servePages } from "./pages.ts";
import { answerProblem } from "./problems.ts";

const page = '<!doctype html><meta property="csp-nonce" nonce="BERTH_NONCE"><script nonce="BERTH_NONCE"></script>';
const script = 'console.log("harbour");\n'.repeat(100);
let folder: string;
let app: FastifyInstance;

async function serverOf(folder: string): Promise<FastifyInstance> {
  const app = Fastify();
  app.setErrorHandler(answerProblem);
  refuseUnknown(app);
  app.post("/api/v1/plans", async () => ({}));
  app.get("/healthz", async () => ({ ok: true }));
  servePages(app, { folder });
  await app.ready();
  return app;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-pages-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), page);
  await writeFile(join(folder, "assets", "start-1.js"), script);
  await writeFile(join(folder, "assets", "start-1.js.br"), brotliCompressSync(script));
  await writeFile(join(folder, "assets", "start-1.js.gz"), gzipSync(script));
  app = await serverOf(folder);
});
after(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

describe("the page", () => {
  for (const url of ["/", "/sign-in", "/operator/nodes/node_1/events", "/leases?state=active"]) {
    test(`is what ${url} gets`, async () => {
      const { statusCode, headers, body } = await get(url, { accept: "text/html,*/*" });
      assert.equal(statusCode, 200);
      assert.match(String(headers["content-type"]), /^text\/html/);
      assert.equal(headers["cache-control"], "no-cache");
      assert.match(body, /csp-nonce/);
    });
  }

  test("has in each answer another nonce, which its policy names, and nothing else may style it", async () => {
    const answers = await Promise.all([get("/"), get("/")]);
    const nonces = answers.map(({ body, headers }) => {
      const [nonce = "", ...same] = [...body.matchAll(/nonce="([^"]+)"/g)].map(([, nonce]) => nonce);
      assert.ok(nonce.length >= 24 && same.every((other) => other === nonce));
      const policy = String(headers["content-security-policy"]);
      assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), policy);
      assert.match(policy, /script-src 'self';/);
      assert.match(policy, /require-trusted-types-for 'script'; trusted-types default$/);
      return nonce;
    });
    assert.notEqual(nonces[0], nonces[1]);
  });

  for (const [why, url, headers] of [
    ["an address of the API", "/api/v1/nothing", {}],
    ["what looks like a file", "/wp-login.php", {}],
    ["a well-known address", "/.well-known/nothing", {}],
    ["a configuration", "/c/none", {}],
    ["who wants JSON", "/operator", { accept: "application/json" }],
  ] as const) {
    test(`is not what ${why} gets, but a problem`, async () => {
      const { statusCode, headers: got } = await get(url, headers);
      assert.equal(statusCode, 404);
      assert.match(String(got["content-type"]), /^application\/problem\+json/);
    });
  }

  test("is read, never written: another method is none", async () => {
    assert.equal((await app.inject({ method: "POST", url: "/operator" })).statusCode, 404);
    assert.equal((await app.inject({ method: "GET", url: "/api/v1/plans" })).statusCode, 405);
  });
});

describe("a file", () => {
  test("is kept for good, and comes as small as the browser takes it", async () => {
    const packed = await get("/assets/start-1.js", { "accept-encoding": "gzip, deflate, br" });
    assert.equal(packed.headers["content-encoding"], "br");
    assert.equal(packed.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(packed.headers.vary, "accept-encoding");
    assert.equal(brotliDecompressSync(packed.rawPayload).toString(), script);
    assert.equal((await get("/assets/start-1.js", { "accept-encoding": "gzip" })).headers["content-encoding"], "gzip");
    const plain = await get("/assets/start-1.js");
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(plain.body, script);
  });

  for (const name of ["none.js", "../index.html", "%2e%2e/index.html", "start-1.js.br"]) {
    test(`is not there under ${name}`, async () => {
      assert.equal((await get(`/assets/${name}`)).statusCode, 404);
    });
  }
});

test("without a console that was built, its addresses say so and the others are served", async () => {
  const bare = await serverOf(join(folder, "nowhere"));
  const answer = await bare.inject({ url: "/" });
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /npm run build/);
  assert.equal((await bare.inject({ url: "/healthz" })).statusCode, 200);
  await bare.close();
});

describe("an application that is not built", () => {
  test("says so, and nothing of where it was looked for; and is served once it is built", async () => {
    const later = await mkdtemp(join(tmpdir(), "berth-later-"));
    const app = await serverOf(later);
    const missing = await app.inject({ url: "/" });
    assert.equal(`${missing.statusCode} ${missing.json().code}`, "503 http.no_pages");
    assert.ok(!missing.body.includes("berth-later-"));
    await mkdir(join(later, "assets"));
    await writeFile(join(later, "index.html"), page);
    assert.equal((await app.inject({ url: "/" })).statusCode, 200);
    await app.close();
    await rm(later, { recursive: true });
  });
});
