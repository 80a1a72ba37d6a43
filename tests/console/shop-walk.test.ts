import assert from "node:assert/strict";
import { test } from "node:test";
import { accounts, type Call, catalogue, createClient, notices, serials } from "@berth/api";
import type { Page } from "playwright-core";
import { need } from "../require.ts";
import { type ConsoleSite, openBrowser, password, startConsoleSite } from "./support/console-site.ts";
import { lookAt } from "./support/look.ts";
import { addNode } from "./support/rows.ts";

const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

test("a customer sees what is on sale, how to buy it, and later what they bought", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const operator = await signInOperator(site);
  const page = await signIn(site, operator);
  await link(page, "Plans").first().click();
  await page.getByText("No plan is on sale now").waitFor();
  const code = await sell(site, operator);
  await lookForPlans(page);
  await readGuides(page);
  await link(page, "Orders").first().click();
  await page.getByText("No order yet").waitFor();
  await redeem(page, code);
  await link(page, "Orders").first().click();
  await link(page, "Asia 30 days").waitFor();
  await page.getByText("¥28.50").waitFor();
  await lookAt(page, "my-orders");
  await link(page, "Asia 30 days").click();
  await page.getByLabel("Configuration link").waitFor();
  assert.deepEqual(site.complaints, []);
});

async function signInOperator({ url, firstLink }: ConsoleSite): Promise<Call> {
  const link = new URL(firstLink).hash.slice(1);
  const owner = { link, username: "harbour", email: "harbour@example.com", password };
  const { token } = await createClient({ url })(accounts.claimInstallation, owner);
  return createClient({ url, token: () => token });
}

async function signIn(site: ConsoleSite, operator: Call): Promise<Page> {
  const email = "wei@example.com";
  const guest = createClient({ url: site.url });
  await guest(accounts.signUp, { username: "wei", email, password });
  const { items } = await operator(notices.listOutbox, { address: email });
  await guest(accounts.verifyEmail, { email, password, code: /\d{6}/.exec(items[0]?.subject ?? "")?.[0] ?? "" });
  const page = await (await openBrowser(site)).newPage();
  await page.goto(`${site.url}/leases`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Nothing here yet").waitFor();
  return page;
}

/** One plan with all limits, one with none, one that is not on sale any more. */
async function sell({ database: { db } }: ConsoleSite, operator: Call): Promise<string> {
  await addNode(db, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  const plan = { kind: "derp", durationDays: 30, price: { minor: "2850", currency: "CNY" } };
  const limits = { trafficBytes: "100000000000", devices: 3, mbps: 200, reset: "monthly" as const, regions: ["tokyo"] };
  const { id } = await operator(catalogue.createPlan, { ...plan, ...limits, name: "Asia 30 days" });
  const dear = { ...plan, durationDays: 365, price: { minor: "128000", currency: "CNY" } };
  await operator(catalogue.createPlan, { ...dear, name: "Everywhere, with a long name that has to wrap, 365 days" });
  await operator(catalogue.createPlan, { ...plan, name: "Of last year", onSale: false });
  const redeemBy = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const { codes } = await operator(serials.createBatch, { planId: id, name: "first", count: 1, redeemBy });
  return codes[0] ?? "";
}

async function lookForPlans(page: Page): Promise<void> {
  await page.reload();
  await page.getByRole("heading", { name: "Asia 30 days" }).waitFor();
  const names = await page.getByRole("heading", { level: 2 }).allTextContents();
  assert.deepEqual(names, ["Asia 30 days", "Everywhere, with a long name that has to wrap, 365 days"]);
  await lookAt(page, "plans-on-sale");
}

/** The page's guide by its help button, then all guides by keyboard. */
async function readGuides(page: Page): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: "Help", exact: true }).click();
  await page.getByRole("heading", { name: "Buy and redeem" }).waitFor();
  assert.match(page.url(), /\/help\/buying$/);
  await link(page, "All guides").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Knocking" }).waitFor();
  await lookAt(page, "guides");
  await link(page, "Connect Tailscale").click();
  await page.getByText("tailscale netcheck").waitFor();
  await lookAt(page, "guide");
}

async function redeem(page: Page, code: string): Promise<void> {
  await page.getByRole("button", { name: "Redeem a serial" }).click();
  await page.getByLabel("Serial").fill(code);
  await page.getByRole("button", { name: "Redeem", exact: true }).click();
  await page.getByText("Asia 30 days is yours").waitFor();
}
