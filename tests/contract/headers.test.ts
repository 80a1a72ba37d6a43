import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { addressOf, operationsOf } from "./operations.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

const always = {
  "x-content-type-options": /^nosniff$/,
  "x-frame-options": /^DENY$/,
  "referrer-policy": /^no-referrer$/,
  "permissions-policy": /camera=\(\).*microphone=\(\)/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-embedder-policy": /^require-corp$/,
  "cross-origin-resource-policy": /^same-origin$/,
} as const;

/** What the policy has to forbid, wherever it is answered. */
function assertPolicy(policy: string, where: string): void {
  const directives = new Map(policy.split("; ").map((text) => [text.split(" ")[0], text]));
  assert.equal(directives.get("default-src"), "default-src 'none'", where);
  assert.equal(directives.get("frame-ancestors"), "frame-ancestors 'none'", where);
  assert.equal(directives.get("base-uri"), "base-uri 'none'", where);
  assert.equal(directives.get("form-action"), "form-action 'none'", where);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/, where);
}

function assertSafe({ headers }: Response, where: string): void {
  for (const [name, wanted] of Object.entries(always))
    assert.match(headers.get(name) ?? "", wanted, `${name}: ${where}`);
  assertPolicy(headers.get("content-security-policy") ?? "", where);
  assert.equal(headers.get("server"), null, where);
  assert.equal(headers.get("x-powered-by"), null, where);
  assert.equal(headers.get("access-control-allow-origin"), null, where);
}

const pages = [
  "/",
  "/first",
  "/sign-in",
  "/sign-up",
  "/healthz",
  "/readyz",
  "/api/docs",
  "/api/docs/ui.css",
  "/nothing",
];

describe("every answer carries the headers that make it safe", () => {
  test("of each operation, whoever asks, and of none of them is anything kept", async () => {
    const operations = await operationsOf(control);
    assert.ok(operations.length > 40);
    for (const operation of operations) {
      const url = addressOf(operation, operation.names);
      const where = `${operation.method} ${url}`;
      for (const headers of [{}, { authorization: `Bearer ${operator.token}` }]) {
        const response = await control.send(operation.method === "GET" ? url : `${url}?nonsense=1`, {
          method: operation.method,
          headers,
        });
        assertSafe(response, where);
        assert.equal(response.headers.get("cache-control"), "no-store", where);
      }
    }
  });

  for (const path of pages) {
    test(`of ${path}`, async () => assertSafe(await control.send(`http://test${path}`), path));
  }

  for (const [what, path, init] of [
    ["an address that can't be read", "/api/v1/leases/%zz", {}],
    ["a wrong method", "/api/v1/plans", { method: "PATCH" }],
    ["a body too large", "/api/v1/plans", { method: "POST", type: "application/json", body: " ".repeat(2 ** 21) }],
    ["a body of another type", "/api/v1/plans", { method: "POST", type: "text/xml", body: "<x/>" }],
    ["a request of another site", "/api/v1/plans", { method: "POST", site: "cross-site", body: "{}" }],
  ] as const) {
    test(`of a refusal: ${what}`, async () => {
      const {
        type = "application/json",
        site = "none",
        body,
        method = "GET",
      } = { type: undefined, site: undefined, body: undefined, method: undefined, ...init };
      const headers = { "sec-fetch-site": site, ...(body === undefined ? {} : { "content-type": type }) };
      const response = await control.send(`http://test${path}`, { method, headers, body: body ?? null });
      assert.ok(response.status >= 400 && response.status < 500);
      assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
      assertSafe(response, what);
    });
  }
});

describe("a browser stays on https", () => {
  test("once it was there, and is not sent there by plain http", async () => {
    const secure = await control.send("http://test/api/v1/me", { headers: { "x-forwarded-proto": "https" } });
    const maxAge = /^max-age=(\d+); includeSubDomains$/.exec(
      secure.headers.get("strict-transport-security") ?? "",
    )?.[1];
    assert.ok(Number(maxAge) >= 31_536_000);
    const plain = await control.send("http://test/api/v1/me");
    assert.equal(plain.headers.get("strict-transport-security"), null);
  });
});

describe("what a route does not take", () => {
  test("is a method: 405 with those that it takes; HEAD goes with GET", async () => {
    for (const operation of await operationsOf(control)) {
      const url = addressOf(operation, operation.names);
      const response = await control.send(url, { method: "PATCH" });
      assert.equal(response.status, 405, url);
      const allowed = response.headers.get("allow")?.split(", ") ?? [];
      assert.ok(allowed.includes(operation.method), url);
      assert.equal(allowed.includes("HEAD"), allowed.includes("GET"), url);
    }
    const head = await control.send("http://test/api/v1/nodes", {
      method: "HEAD",
      headers: { authorization: `Bearer ${operator.token}` },
    });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json\t",
    "application/json ;charset=utf-8",
    "application/json; charset=utf-16",
    "application/json; charset=utf-8; charset=utf-7",
    "application/json, text/plain",
    "application/jsonx",
    "application/vnd.api+json",
    "text/plain; application/json",
  ]) {
    test(`is a content type: ${JSON.stringify(type)}`, async () => {
      const headers = { authorization: `Bearer ${operator.token}`, "content-type": type };
      const response = await control.send("http://test/api/v1/join-tokens", { method: "POST", headers, body: "{}" });
      const { code } = (await response.json()) as { code: string };
      assert.deepEqual([response.status, code], [415, "http.wrong_type"]);
    });
  }

  test("is a body of no type; it takes JSON in UTF-8 by either name", async () => {
    const authorization = `Bearer ${operator.token}`;
    const send = (headers: object) =>
      control.send("http://test/api/v1/join-tokens?dryRun=true", {
        method: "POST",
        headers: { authorization, ...headers },
        body: "{}",
      });
    assert.equal((await send({})).status, 415);
    for (const type of ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]) {
      assert.equal((await send({ "content-type": type })).status, 200, type);
    }
  });
});
