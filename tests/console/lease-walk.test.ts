import assert from "node:assert/strict";
import { test } from "node:test";
import { accounts, type Call, catalogue, createClient, notices, serials } from "@berth/api";
import type { Locator, Page } from "playwright-core";
import { need } from "../require.ts";
import { type ConsoleSite, openBrowser, password, startConsoleSite } from "./support/console-site.ts";
import { lookAt, lookAtOpen } from "./support/look.ts";
import { addNode, addUsage } from "./support/rows.ts";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

async function byKey(what: Locator): Promise<void> {
  await what.focus();
  await what.page().keyboard.press("Enter");
}

test("a printed code outlives signing up, and its lease is renewed, counted, logged and fed with keys", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const operator = await signInOperator(site);
  const code = await sellOne(site, operator);
  const page = await signUpFor(site, operator, `/redeem#${code}`);
  await redeem(page);
  await renew(page);
  await lookAtUsage(site, page);
  await readLog(page);
  await bringOwn(page);
  assert.deepEqual(site.complaints, []);
});

async function signInOperator({ url, firstLink }: ConsoleSite): Promise<Call> {
  const link = new URL(firstLink).hash.slice(1);
  const owner = { link, username: "harbour", email: "harbour@example.com", password };
  const { token } = await createClient({ url })(accounts.claimInstallation, owner);
  return createClient({ url, token: () => token });
}

/** Two nodes, for a plan of three relays. */
async function sellOne({ database: { db } }: ConsoleSite, operator: Call): Promise<string> {
  await addNode(db, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  await addNode(db, { name: "frankfurt-with-a-long-name-1", region: "frankfurt", address: "2001:db8::17" });
  const plan = await operator(catalogue.createPlan, {
    name: "Asia 30 days",
    kind: "derp",
    durationDays: 30,
    trafficBytes: "100000000000",
    devices: 3,
    reset: "monthly",
    price: { minor: "2850", currency: "CNY" },
  });
  const redeemBy = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const { codes } = await operator(serials.createBatch, { planId: plan.id, name: "first", count: 1, redeemBy });
  return codes[0] ?? "";
}

/** What stands behind the `#` is in no address that a log sees, and still there at the end. */
async function signUpFor(site: ConsoleSite, operator: Call, at: string): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(site.url + at);
  await link(page, "Sign up").click();
  await page.getByLabel("User name").fill("wei");
  await page.getByLabel("E-mail address").fill("wei@example.com");
  await page.getByLabel("Password").fill(password);
  await button(page, "Send code").click();
  await page.getByText("A code is on its way to wei@example.com").waitFor();
  const { items } = await operator(notices.listOutbox, { address: "wei@example.com" });
  await page.getByLabel("Code from the mail").fill(/\d{6}/.exec(items[0]?.subject ?? "")?.[0] ?? "");
  await button(page, "Confirm address").click();
  await page.getByLabel("Serial").waitFor();
  const code = at.split("#")[1] as string;
  assert.equal(await page.getByLabel("Serial").inputValue(), code);
  assert.ok(!new URL(page.url()).search.includes(code));
  assert.ok(!asked.some((url) => url.split("#")[0]?.includes(code)), "no request names the code");
  return page;
}

async function redeem(page: Page): Promise<void> {
  await byKey(button(page, "Redeem"));
  await page.getByText("There are 2 of the 3 relays of your plan").waitFor();
  await lookAt(page, "redeemed-fewer");
  await byKey(button(page, "Connect"));
  await page.getByLabel("Configuration link").waitFor();
}

async function renew(page: Page): Promise<void> {
  await byKey(link(page, "Versions and renewal"));
  await page.getByText("Made with the lease").waitFor();
  const help = page.getByRole("main").getByRole("link", { name: "Help", exact: true });
  assert.equal(await help.getAttribute("href"), "/help/renewal");
  await button(page, "Renew now").click();
  const dialog = page.getByRole("dialog", { name: "Renew the configuration now?" });
  await dialog.getByText("A new version is made").waitFor();
  await lookAtOpen(page, "renew");
  await dialog.getByRole("button", { name: "Renew now" }).click();
  await page.getByText("Former, still works").waitFor();
  await page.getByText("What changed: 2 relays").click();
  await page.getByText("Certificate fingerprint").first().waitFor();
  await lookAt(page, "versions");
  await button(page, "Renew now").click();
  await dialog.getByText("Version 1 still works until").waitFor();
  assert.ok(await dialog.getByLabel("Keep the present version").isDisabled());
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await button(page, "Revoke the former version").click();
  const revoking = page.getByRole("dialog", { name: "Revoke version 1?" });
  await revoking.getByText("1 version stops working at once").waitFor();
  await revoking.getByRole("button", { name: "Revoke the former version" }).click();
  await page.getByText("Revoked", { exact: true }).waitFor();
}

async function lookAtUsage(site: ConsoleSite, page: Page): Promise<void> {
  await addUsage(site.database.db);
  await link(page, "Usage").click();
  await page.getByRole("heading", { name: "By device" }).waitFor();
  await page.locator("canvas").waitFor();
  await lookAt(page, "usage");
  await link(page, "7 days").click();
  await page.getByRole("heading", { name: "Traffic in an hour" }).waitFor();
  assert.match(page.url(), /\/usage\?span=week$/);
  await page.reload();
  await page.getByRole("heading", { name: "Traffic in an hour" }).waitFor();
}

async function readLog(page: Page): Promise<void> {
  const url = new URL(page.url());
  await page.goto(url.origin + url.pathname.replace(/\/usage$/, ""));
  await button(page, "Show").click();
  const map = await page.getByLabel("Configuration link").inputValue();
  assert.equal((await fetch(map, { headers: { "user-agent": "Tailscale/1.102" } })).status, 200);
  await link(page, "Download log").click();
  await page.getByRole("cell", { name: "Downloaded" }).first().waitFor();
  await page.getByText("127.0.0.1").first().waitFor();
  await lookAt(page, "download-log");
}

async function bringOwn(page: Page): Promise<void> {
  await link(page, "Keys and policy").click();
  await page.getByText("You add devices by hand").waitFor();
  await button(page, "Connect key source").click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("API key").fill("not-a-key-of-tailscale");
  await drawer.getByRole("button", { name: "Connect key source" }).click();
  await drawer.getByText("derp.other_tailscale_key").waitFor();
  await drawer.getByText("Headscale").click();
  await drawer.getByLabel("Address of your Headscale").fill("https://headscale.invalid");
  await lookAtOpen(page, "key-source");
  await drawer.getByRole("button", { name: "Connect key source" }).click();
  await page.getByText("Headscale · https://headscale.invalid").waitFor();
  await page.getByText("It could not be read:").waitFor();
  await addPolicy(page);
  await lookAt(page, "source");
  await seeTabOnPhone(page, "Keys and policy");
  assert.ok(!(await page.content()).includes("not-a-key-of-tailscale"), "the key is not shown again");
  await button(page, "Remove key source").click();
  const removing = page.getByRole("dialog", { name: "Remove the key source?" });
  await removing.getByText("No more keys are read").first().waitFor();
  await removing.getByRole("button", { name: "Remove key source" }).click();
  await page.getByText("You add devices by hand").waitFor();
}

/** The last tab lies past the edge of a phone: an address that leads to it shows it. */
async function seeTabOnPhone(page: Page, name: string): Promise<void> {
  const desk = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.reload();
  await page.getByText("// ours").waitFor();
  const box = await link(page, name).boundingBox();
  assert.ok(
    box && box.x >= 0 && box.x + box.width <= 360,
    `${name} is at ${box?.x} to ${(box?.x ?? 0) + (box?.width ?? 0)}`,
  );
  if (desk) await page.setViewportSize(desk);
}

async function addPolicy(page: Page): Promise<void> {
  await button(page, "Add policy file").click();
  const text = page.getByRole("textbox", { name: "Policy file" });
  const save = page.getByRole("button", { name: "Save policy file" });
  await text.fill('{ // ours\n  "acls": [,]\n}');
  await save.click();
  await page.getByText("derp.bad_policy").waitFor();
  await text.fill('{ // ours\n  "acls": [],\n}');
  await save.click();
  await page.getByText("// ours").waitFor();
  await button(page, "Change policy file").click();
  await text.waitFor();
  assert.equal(
    await page.getByText("What you had not saved last time is kept").count(),
    0,
    "what was saved is no draft",
  );
  await button(page, "Cancel").click();
}
