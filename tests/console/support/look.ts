import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";

const folder = resolve(import.meta.dirname, "../../../.artifacts/screenshots");

const phone = { width: 360, height: 740 };
const tablet = { width: 768, height: 1024 };
const desk = { width: 1440, height: 900 };

interface View {
  readonly language: "en" | "zh-CN";
  readonly look: "light" | "dark";
  readonly size: { readonly width: number; readonly height: number };
}

const all: readonly View[] = (["en", "zh-CN"] as const).flatMap((language) =>
  [phone, tablet, desk].flatMap((size) => (["light", "dark"] as const).map((look) => ({ language, look, size }))),
);

/** The two that differ most. */
const few: readonly View[] = [
  { language: "en", look: "light", size: desk },
  { language: "zh-CN", look: "dark", size: phone },
];

/** `BERTH_SCREENSHOTS=all` looks at everything: twelve pictures of each page. */
const views = process.env.BERTH_SCREENSHOTS === "all" ? all : few;

/** Looks at an open page in both languages and looks, on a phone and at a desk; gives it back as it was. */
export async function lookAt(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const language of ["en", "zh-CN"] as const) {
    await speak(page, language);
    await page.locator("body:not(:has(.feedback-skeleton))").waitFor();
    for (const view of views) if (view.language === language) await lookOnce(page, name, view);
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before) await page.setViewportSize(before);
  await speak(page, "en");
}

const tongues = { en: "English", "zh-CN": "简体中文" };

/** As a reader does it; the page stays as it is. */
async function speak(page: Page, language: View["language"]): Promise<void> {
  await page.locator("button:has(svg.icon-globe)").click();
  await page.getByRole("menuitem", { name: tongues[language] }).click();
  await page.locator(`html[lang="${language}"]`).waitFor();
}

/** Looks at what is open now and would not survive a reload: a dialog, a drawer. In the language it has. */
export async function lookAtOpen(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  const language = (await page.evaluate("document.documentElement.lang")) as View["language"];
  for (const view of views.filter((view) => views === few || view.language === language)) {
    await lookOnce(page, name, { ...view, language });
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before) await page.setViewportSize(before);
}

async function lookOnce(page: Page, of: string, { language, look, size }: View): Promise<void> {
  const name = `${of}-${language}-${size.width}-${look}`;
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: look, reducedMotion: "reduce" });
  await page.locator(`html[data-look=${look}]`).waitFor();
  // Two frames: what follows a media query is drawn; and colours have arrived where they were on their way.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await checkWords(page, name, language);
  await checkAccess(page, name);
}

interface Seen {
  readonly scrollWidth: number;
  readonly innerWidth: number;
  readonly lang: string;
  readonly text: string;
  readonly title: string;
}

/** It fits, it speaks one language, and shows no raw value. */
async function checkWords(page: Page, name: string, language: string): Promise<void> {
  const seen = (await page.evaluate(`({
    scrollWidth: document.documentElement.scrollWidth,
    innerWidth: window.innerWidth,
    lang: document.documentElement.lang,
    text: document.getElementById("app").textContent,
    title: document.title,
  })`)) as Seen;
  assert.ok(seen.scrollWidth <= seen.innerWidth, `${name} is ${seen.scrollWidth} px wide`);
  assert.equal(seen.lang, language, name);
  assert.doesNotMatch(
    seen.text,
    /undefined|NaN|\[object|\{\{|\b(states|problem|list|names|tabs)\.[a-z_]+|[a-z]+\.[a-z_]+ ×/,
    name,
  );
  assert.notEqual(seen.title, "Berth", `${name} says what it is`);
}

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** No finding of axe that keeps anybody out. The text of axe is run by the debugger: the page's policy would not let it in. */
async function checkAccess(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const run = async (expression: string) =>
    session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  await run(`typeof axe === "undefined" && (() => { ${axe.source} })()`);
  const { result } = await run(
    `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => JSON.stringify(violations.filter(({ impact }) => impact === "serious" || impact === "critical")))`,
  );
  await session.detach();
  const findings = JSON.parse(String(result.value)) as Finding[];
  const said = findings.map(({ id, nodes }) =>
    [id, ...nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`)].join("\n  "),
  );
  assert.equal(said.join("\n"), "", name);
}
