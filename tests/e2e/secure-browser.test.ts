import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { type Browser, chromium } from "playwright-core";
import { need } from "../require.ts";
import { secureSite } from "../support/secure-control.ts";

const executablePath = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => `/usr/bin/${name}`)
  .find(existsSync);

test("a browser speaks HTTP/2, signs in, and has a WebSocket beside it", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await secureSite();
  let browser: Browser | undefined;
  t.after(async () => {
    await browser?.close();
    await site.close();
  });
  const { securePort } = await site.start({ BERTH_PUBLIC_URL: "https://localhost", BERTH_TLS_SELF_SIGNED: "1" });
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  browser = await chromium.launch({ executablePath, args });
  // The policy of what is no page would keep a script of this test from asking.
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`https://localhost:${securePort}/healthz`);
  const seen = await page.evaluate(async (livePath) => {
    const body = JSON.stringify({ email: "operator@example.com", password: "a password for tests" });
    const headers = { "content-type": "application/json" };
    const signedIn = await fetch("/api/v1/sessions", { method: "POST", headers, body });
    const me = await fetch("/api/v1/me");
    const hops = performance.getEntries().map((entry) => Reflect.get(entry, "nextHopProtocol"));
    const heard = await new Promise<string>((resolve) => {
      const socket = new WebSocket(livePath);
      socket.onmessage = ({ data }) => resolve(data);
      socket.onclose = ({ code }) => resolve(`closed ${code}`);
    });
    return { status: [signedIn.status, me.status], hops, heard };
  }, "/api/v1/live");
  assert.deepEqual(seen.status, [200, 200]);
  assert.ok(seen.hops.includes("h2") && !seen.hops.includes("http/1.1"), String(seen.hops));
  assert.match(seen.heard, /^\{"type":"welcome","accountId":"account_/);
});
