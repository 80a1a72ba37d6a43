import type { BrowserContext, CDPSession } from "playwright-core";
import { openBrowser } from "../../tests/console/support/console-site.ts";
import type { People } from "../../tests/console/support/people.ts";
import { type Visit, visitOf } from "../../tests/console/support/visits.ts";
import { type Vitals, vitalsOf, watchVitals } from "../../tests/console/support/vitals.ts";

/** "Fast 4G" as Chrome's own tools set it: 9 and 1.5 Mbit/s less a tenth, and 60 ms there and back, which they make 165 ms a request. */
const fast4g = {
  offline: false,
  downloadThroughput: (9e6 / 8) * 0.9,
  uploadThroughput: (1.5e6 / 8) * 0.9,
  latency: 60 * 2.75,
};
const slower = 4;

export interface Visited extends Vitals {
  readonly usefulMs: number;
  readonly bytes: number;
  readonly requests: number;
}

interface Where {
  readonly site: Parameters<typeof openBrowser>[0] & { readonly url: string };
  readonly people: Pick<People, "tokens">;
  /** As a phone on the road is: a slow net and a slow processor. */
  readonly isSlow: boolean;
}

/** A visit by a browser that has nothing yet. */
export async function firstVisit(visit: Visit, { site, people, isSlow }: Where): Promise<Visited> {
  const context = await openBrowser(site);
  await watchVitals(context);
  await noteUseful(context, visit.useful);
  const { page, url } = await visitOf(context, visit, { url: site.url, people });
  const session = await context.newCDPSession(page);
  const loaded = await countBytes(session);
  if (isSlow) await slowDown(session);
  await page.goto(url);
  const usefulMs = Number(await page.evaluate("window.useful"));
  await page.waitForLoadState("networkidle");
  const vitals = await vitalsOf(page);
  await context.close();
  return { ...vitals, ...loaded, usefulMs };
}

export async function slowDown(session: CDPSession): Promise<void> {
  await session.send("Network.emulateNetworkConditions", fast4g);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
}

/** The first picture with what somebody came for. */
async function noteUseful(context: BrowserContext, selector: string): Promise<void> {
  await context.addInitScript(`window.useful = new Promise((done) => {
    const look = () => {
      const found = document.querySelector(${JSON.stringify(selector)});
      requestAnimationFrame(found?.checkVisibility() ? () => done(performance.now()) : look);
    };
    look();
  })`);
}

/** What came over the wire, packed and with its headers. */
async function countBytes(session: CDPSession): Promise<{ bytes: number; requests: number }> {
  const loaded = { bytes: 0, requests: 0 };
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    loaded.bytes += encodedDataLength;
    loaded.requests++;
  });
  await session.send("Network.enable");
  return loaded;
}
