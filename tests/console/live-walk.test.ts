import assert from "node:assert/strict";
import { test } from "node:test";
import { accounts, type Call, createClient, fleet } from "@berth/api";
import type { Page } from "playwright-core";
import { need } from "../require.ts";
import { type ConsoleSite, openBrowser, password, startConsoleSite } from "./support/console-site.ts";
import { lookAtOpen } from "./support/look.ts";
import { addNode } from "./support/rows.ts";

const email = "harbour@example.com";

test("a list follows what others do, moves nothing under the reader's hand, and says when it is stale", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const operator = await makeOperator(site);
  const page = await openNodes(site);
  await followState(page, operator);
  await holdStill(site, page, operator);
  await goByKeys(page);
  assert.deepEqual(site.complaints, []);
  await refuseMarkup(page);
  await signInAgain(site, page);
  await sayStale(site, page);
});

async function makeOperator({ url, firstLink, database: { db } }: ConsoleSite): Promise<Call> {
  const link = new URL(firstLink).hash.slice(1);
  const { token } = await createClient({ url })(accounts.claimInstallation, {
    link,
    username: "harbour",
    email,
    password,
  });
  await addNode(db, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  await addNode(db, { name: "sydney-1", region: "sydney", address: "203.0.113.8" });
  return createClient({ url, token: () => token });
}

async function openNodes(site: ConsoleSite): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(`${site.url}/operator/nodes?sort=name`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/nodes\?sort=name/);
  await page.getByRole("row", { name: /sydney-1/ }).waitFor();
  return page;
}

/** What happens elsewhere shows by itself, in its row. */
async function followState(page: Page, operator: Call): Promise<void> {
  const { items } = await operator(fleet.listNodes, { q: "tokyo-1" });
  const nodeId = items[0]?.id ?? ("" as never);
  await operator(fleet.cordonNode, { nodeId });
  await page.getByRole("row", { name: /tokyo-1.*Cordoned/ }).waitFor();
  await operator(fleet.uncordonNode, { nodeId });
  await page.getByRole("row", { name: /tokyo-1.*Online/ }).waitFor();
}

const names = (page: Page) => page.locator("tbody tr td:nth-child(2)").allTextContents();

/** A row that comes while a pointer is over the list waits until its reader applies it; the others take their new values. */
async function holdStill({ database: { db } }: ConsoleSite, page: Page, operator: Call): Promise<void> {
  await page.getByRole("row", { name: /tokyo-1/ }).hover();
  await addNode(db, { name: "berlin-1", region: "berlin", address: "203.0.113.9" });
  const { items } = await operator(fleet.listNodes, { q: "sydney-1" });
  await operator(fleet.cordonNode, { nodeId: items[0]?.id ?? ("" as never) });
  await page.getByRole("row", { name: /sydney-1.*Cordoned/ }).waitFor();
  await page.getByRole("button", { name: "1 change · apply" }).waitFor();
  assert.deepEqual(await names(page), ["sydney-1", "tokyo-1"]);
  await page.getByRole("button", { name: /apply$/ }).click();
  await page.getByRole("row", { name: /berlin-1/ }).waitFor();
  assert.deepEqual(await names(page), ["berlin-1", "sydney-1", "tokyo-1"]);
}

async function goByKeys(page: Page): Promise<void> {
  await page.locator("main").click({ position: { x: 4, y: 4 } });
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to or find" }).fill("berl");
  await page.getByRole("option", { name: /berlin-1/ }).waitFor();
  await lookAtOpen(page, "palette");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "berlin-1" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Shortcuts" }).waitFor({ state: "detached" });
}

/** The policy holds where Ant Design is let through: text never becomes an element, and no style comes without the nonce. */
async function refuseMarkup(page: Page): Promise<void> {
  const tried = (await page.evaluate(`(() => {
    const attempt = (work) => { try { work(); return "done"; } catch (error) { return error.name; } };
    const style = document.createElementNS("http://www.w3.org/1999/xhtml", "style");
    style.textContent = "main { outline: 7px solid red }";
    document.head.append(style);
    return {
      markup: attempt(() => { document.createElement("div").innerHTML = "<img src=x onerror=alert(1)>"; }),
      outline: getComputedStyle(document.querySelector("main")).outlineWidth,
    };
  })()`)) as { markup: string; outline: string };
  assert.equal(tried.markup, "TypeError");
  assert.notEqual(tried.outline, "7px");
}

/** A session that ended elsewhere: the next question leads to the sign-in, and from there back. */
async function signInAgain({ database: { db } }: ConsoleSite, page: Page): Promise<void> {
  await db.deleteFrom("sessions").execute();
  await page.getByRole("link", { name: "Nodes", exact: true }).first().click();
  await page.waitForURL(/sign-in\?next=/);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("row", { name: /berlin-1/ }).waitFor();
}

async function sayStale(site: ConsoleSite, page: Page): Promise<void> {
  await site.stopControl();
  await page.getByText(/^Connection lost. This is as of \d\d:\d\d; reconnecting$/).waitFor();
  await page.getByRole("row", { name: /berlin-1/ }).waitFor();
}
