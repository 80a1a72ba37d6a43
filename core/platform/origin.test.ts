import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSameOrigin } from "./origin.ts";

const host = "berth.example";
const passes = (method: string, headers: Record<string, string>) =>
  assert.doesNotThrow(() => requireSameOrigin({ method, headers: { host, ...headers } }));
const refused = (method: string, headers: Record<string, string>) =>
  assert.throws(() => requireSameOrigin({ method, headers: { host, ...headers } }), { code: "http.cross_site" });

const cookie = "__Host-berth=x";

describe("a request of a browser", () => {
  for (const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: `https://${host}` },
    { origin: "https://evil.example" },
    { origin: `https://${host}.evil.example` },
    { origin: "null" },
    { cookie, origin: "" },
    { cookie },
    { cookie, authorization: "Basic x" },
    { cookie, authorization: "Bearer " },
    { cookie, authorization: "Bearer a b" },
  ] as Record<string, string>[]) {
    test(`changes nothing from elsewhere: ${JSON.stringify(headers)}`, () => {
      for (const method of ["POST", "DELETE", "PUT", "PATCH"]) refused(method, headers);
      refused("GET", { ...headers, upgrade: "websocket" });
      passes("GET", headers);
      passes("HEAD", headers);
    });
  }

  for (const headers of [
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
    { origin: `https://${host}` },
  ] as Record<string, string>[]) {
    test(`passes from Berth's own pages: ${JSON.stringify(headers)}`, () => {
      passes("POST", { ...headers, cookie });
      passes("GET", { ...headers, cookie, upgrade: "websocket" });
    });
  }
});

test("a program passes: by its token, and with nothing at all", () => {
  passes("POST", { authorization: "Bearer token" });
  passes("POST", { authorization: "Bearer token", cookie, "sec-fetch-site": "cross-site" });
  passes("POST", {});
  passes("GET", { upgrade: "websocket" });
});
