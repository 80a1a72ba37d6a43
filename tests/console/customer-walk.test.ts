import assert from "node:assert/strict";
import { test } from "node:test";
import { accounts, type Call, catalogue, createClient, notices, serials } from "@berth/api";
import type { Page } from "playwright-core";
import { need } from "../require.ts";
import { type ConsoleSite, openBrowser, password, startConsoleSite } from "./support/console-site.ts";
import { lookAt, lookAtOpen } from "./support/look.ts";
import { addNode, knock } from "./support/rows.ts";

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

test("a customer signs up, redeems a serial, connects, lets a device in and takes it out again", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const operator = await signInOperator(site);
  const [code = "", other = ""] = await sellSerials(site, operator);
  const page = await signUp(site, operator);
  await redeem(page, code);
  await connect(site, page);
  await admitAndRemove(site, page);
  await lookAtTrouble(site, page, other);
  await page.goto(`${site.url}/operator/nodes`);
  await page.getByText("Your account lacks this face").waitFor();
  assert.deepEqual(site.complaints, []);
});

/** What staff does before anybody comes: by the API, since it is not what is walked here. */
async function sellSerials(site: ConsoleSite, operator: Call): Promise<readonly string[]> {
  await addNode(site.database.db, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  await addNode(site.database.db, { name: "sydney-1", region: "sydney", address: "203.0.113.8" });
  await addNode(site.database.db, {
    name: "frankfurt-with-a-long-name-1",
    region: "frankfurt",
    address: "2001:db8::17",
  });
  const plan = await operator(catalogue.createPlan, {
    name: "Asia 30 days",
    kind: "derp",
    durationDays: 30,
    trafficBytes: "100000000000",
    devices: 3,
    reset: "monthly",
    price: { minor: "2850", currency: "CNY" },
  });
  const redeemBy = new Date(Date.now() + 86_400_000 * 30).toISOString();
  const { codes } = await operator(serials.createBatch, { planId: plan.id, name: "first", count: 3, redeemBy });
  return codes;
}

async function signInOperator({ url, firstLink }: ConsoleSite): Promise<Call> {
  const link = new URL(firstLink).hash.slice(1);
  const owner = { link, username: "harbour", email: "harbour@example.com", password };
  const { token } = await createClient({ url })(accounts.claimInstallation, owner);
  return createClient({ url, token: () => token });
}

async function signUp(site: ConsoleSite, operator: Call): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(`${site.url}/leases`);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("User name").fill("wei");
  await page.getByLabel("E-mail address").fill("wei@example.com");
  await page.getByLabel("Password").fill(password);
  await lookAt(page, "sign-up");
  await button(page, "Send code").click();
  await page.getByText("A code is on its way to wei@example.com").waitFor();
  const code = await mailedCode(operator);
  await page.getByLabel("Code from the mail").fill(code === "000000" ? "000001" : "000000");
  await button(page, "Confirm address").click();
  await page.getByRole("alert").getByText("accounts.wrong_code").waitFor();
  await page.getByLabel("Code from the mail").fill(code);
  await button(page, "Confirm address").click();
  await page.getByText("Nothing here yet").waitFor();
  await lookAt(page, "services-empty");
  return page;
}

/** As staff reads it out where there is no mail server. */
async function mailedCode(operator: Call): Promise<string> {
  const { items } = await operator(notices.listOutbox, { address: "wei@example.com" });
  return /\d{6}/.exec(items[0]?.subject ?? "")?.[0] ?? "";
}

async function redeem(page: Page, code: string): Promise<void> {
  await button(page, "Redeem a serial").click();
  await page.getByLabel("Serial").fill(code.replace(/.$/, (last) => (last === "2" ? "3" : "2")));
  await button(page, "Redeem").click();
  await page.getByText("no try was spent").waitFor();
  await lookAt(page, "redeem-slip");
  await page.getByLabel("Serial").fill(code.toLowerCase().replaceAll("-", " "));
  await button(page, "Redeem").click();
  await page.getByText("Asia 30 days is yours").waitFor();
  await lookAt(page, "redeemed");
}

async function connect(site: ConsoleSite, page: Page): Promise<void> {
  await button(page, "Connect").click();
  const link = page.getByLabel("Configuration link");
  await link.waitFor();
  assert.match(await link.inputValue(), /•/, "the link is masked");
  await button(page, "Show").click();
  const map = (await (await fetch(await link.inputValue())).json()) as { Regions: object };
  assert.equal(Object.keys(map.Regions).length, 3);
  await button(page, "Hide").click();
  await button(page, "QR code").click();
  await knock(site.database.db, "a");
  await button(page, "Admit").waitFor();
  await lookAt(page, "lease");
  await button(page, "Rotate link").click();
  const dialog = page.getByRole("dialog", { name: "Rotate the configuration link?" });
  await dialog.getByText("What will happen").waitFor();
  await lookAtOpen(page, "rotate-link");
  await dialog.getByRole("button", { name: "Rotate link" }).click();
  await dialog.waitFor({ state: "detached" });
}

async function admitAndRemove(site: ConsoleSite, page: Page): Promise<void> {
  await page.getByLabel("Name for this device").fill("laptop");
  await button(page, "Admit").click();
  await page.getByText("Waiting for the first packet").waitFor();
  await button(page, "Remove laptop").click();
  await page.getByRole("dialog", { name: "Remove laptop?" }).getByRole("button", { name: "Remove device" }).click();
  await page.getByText("No device yet").waitFor();
  await button(page, "Add device").click();
  await page.getByLabel("Name", { exact: true }).fill("phone");
  await page.getByLabel("Node key").fill("nodekey:short");
  await page.getByRole("dialog").getByRole("button", { name: "Add device" }).click();
  await page.getByText("derp.bad_key").waitFor();
  await lookAtOpen(page, "add-device");
  await button(page, "Cancel").click();
  await button(page, "Add device").click();
  await page.getByText("What you had not saved last time is kept").waitFor();
  await page.getByLabel("Node key").fill(`nodekey:${"b".repeat(64)}`);
  await page.getByRole("dialog").getByRole("button", { name: "Add device" }).click();
  await button(page, "Remove phone").waitFor();
  assert.equal(site.complaints.length, 0);
}

/** A second lease, one that is suspended, a relay that is away: what needs somebody stands first. */
async function lookAtTrouble(site: ConsoleSite, page: Page, code: string): Promise<void> {
  const { db } = site.database;
  await db
    .updateTable("leases")
    .set({ state: "suspended", suspended_for: "quota", used_bytes: 100_000_000_000n })
    .execute();
  await page.goto(`${site.url}/redeem#${code}`);
  await page.reload();
  await button(page, "Redeem").click();
  await page.getByText("Asia 30 days is yours").waitFor();
  const gone = { state: "offline", last_seen_at: new Date() } as const;
  await db.updateTable("nodes").set(gone).where("region", "=", "sydney").execute();
  await page.goto(`${site.url}/leases`);
  await page.getByText("The quota is used up").waitFor();
  await lookAt(page, "services");
  const [first] = await page.getByRole("article").allTextContents();
  assert.match(first ?? "", /Suspended/);
}
