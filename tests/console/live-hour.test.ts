import assert from "node:assert/strict";
import { test } from "node:test";
import { type Call, fleet, live } from "@berth/api";
import type { BrowserContext, CDPSession, Page, WebSocketRoute } from "playwright-core";
import { need } from "../require.ts";
import { openBrowser, startConsoleSite } from "./support/console-site.ts";
import { addPeople, signInWith } from "./support/people.ts";

/** An hour in which something happens every 24 seconds, after what is made once and kept. */
const [warmUp, happenings] = [20, 150];
/** The page's clock goes so much quicker than the wall's: what it does each second it does as soon as it can. */
const quicker = 200;
const mostGrowth = 1.1;

test("an hour of a live overview leaves nothing behind: no memory, no elements, no listeners", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const { operator, tokens } = await addPeople(site);
  const context = await openBrowser(site);
  await signInWith(context, site.url, tokens.operator);
  await context.addInitScript(`{
    const later = window.setTimeout;
    window.setTimeout = (work, ms = 0, ...rest) => later(work, ms / ${quicker}, ...rest);
  }`);
  const tell = await overhear(context);
  const page = await context.newPage();
  await page.goto(`${site.url}/operator`);
  await page.locator(".headline:not(:empty)").waitFor();
  const session = await context.newCDPSession(page);
  const cordon = await cordonInTurn(operator);
  const act = () => cordon().then(tell);
  await happen(page, act, warmUp);
  const before = await heldBy(session);
  await happen(page, act, happenings);
  const after = await heldBy(session);
  t.diagnostic(JSON.stringify({ before, after }));
  for (const name of names) {
    assert.ok(after[name] <= before[name] * mostGrowth, `${name}: ${before[name]} → ${after[name]}`);
  }
  assert.deepEqual(site.complaints, []);
});

/** Something happens, the page hears of it, and asks again for all that it shows. */
async function happen(page: Page, act: () => Promise<void>, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const asked = page.waitForResponse(/\/api\/v1\/events/);
    await act();
    await asked;
  }
}

/** A node is cordoned and uncordoned, over and over; each is an event, and changes what the page counts. */
async function cordonInTurn(operator: Call): Promise<() => Promise<void>> {
  const { items } = await operator(fleet.listNodes, { q: "tokyo-1" });
  const nodeId = items[0]?.id ?? ("" as never);
  let isOpen = true;
  return async () => {
    await operator(isOpen ? fleet.cordonNode : fleet.uncordonNode, { nodeId });
    isOpen = !isOpen;
  };
}

/** Control tells of events once they are sealed, a second later; here somebody tells of them at once. */
async function overhear(context: BrowserContext): Promise<() => void> {
  let socket: WebSocketRoute | undefined;
  await context.routeWebSocket(new RegExp(live.livePath), (opened) => {
    opened.connectToServer();
    socket = opened;
  });
  const changes = ["nodes", "events", "leases", "plans", "serials"].map((topic) => ({ topic, id: "any" }));
  return () => socket?.send(JSON.stringify({ type: "changes", changes }));
}

const names = ["JSHeapUsedSize", "Nodes", "JSEventListeners"] as const;
type HeldBy = Record<(typeof names)[number], number>;

/** What the page holds when it has let go of all that it can. */
async function heldBy(session: CDPSession): Promise<HeldBy> {
  await session.send("Performance.enable");
  // What the first collection finalises only the next one frees.
  for (let times = 0; times < 3; times++) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const found = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return Object.fromEntries(names.map((name) => [name, found(name)])) as HeldBy;
}
