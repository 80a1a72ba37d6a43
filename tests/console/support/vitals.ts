import type { BrowserContext, Page } from "playwright-core";

/** What a visit was like, as the browser tells it. Times in milliseconds since the visit began. */
export interface Vitals {
  readonly largestPaintMs: number;
  /** How far what was shown already moved by itself: the sum, so never less than CLS. */
  readonly shift: number;
  /** What moved, the elements' classes or names. */
  readonly moved: readonly string[];
  readonly longTasks: number;
  readonly longestTaskMs: number;
  /** From a press to the next picture, of each one that took longer than a frame. */
  readonly pressesMs: readonly number[];
}

const watching = `
  window.seen = { largestPaintMs: 0, shift: 0, moved: [], longTasks: 0, longestTaskMs: 0, presses: {} };
  const watch = (type, note, options) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
  watch("largest-contentful-paint", ({ startTime }) => { seen.largestPaintMs = startTime; });
  watch("layout-shift", ({ hadRecentInput, value, sources }) => {
    if (hadRecentInput) return;
    seen.shift += value;
    seen.moved.push(...sources.map(({ node }) => node?.className || node?.nodeName || "gone"));
  });
  watch("longtask", ({ duration }) => { seen.longTasks++; seen.longestTaskMs = Math.max(seen.longestTaskMs, duration); });
  watch("event", ({ interactionId, duration }) => {
    if (interactionId) seen.presses[interactionId] = Math.max(seen.presses[interactionId] ?? 0, duration);
  }, { durationThreshold: 16 });`;

/** From the next page on. */
export async function watchVitals(context: BrowserContext): Promise<void> {
  await context.addInitScript(watching);
}

/** What was seen so far, once what was on its way is drawn. */
export async function vitalsOf(page: Page): Promise<Vitals> {
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))",
  );
  return page.evaluate("({ ...seen, pressesMs: Object.values(seen.presses) })");
}
