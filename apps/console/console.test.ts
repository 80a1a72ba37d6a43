import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { need } from "../../tests/require.ts";
import { type TestDatabase, testDatabase } from "../../tests/support/database.ts";

/** `BERTH_SCREENSHOTS=folder` keeps the pictures. */
const pictures = process.env.BERTH_SCREENSHOTS;
const hourMs = 3_600_000;
const password = "correct horse battery";

interface Site {
  readonly url: string;
  readonly firstLink: string;
  readonly database: TestDatabase;
  readonly browser: Browser;
  /** What browsers complained about. */
  readonly complaints: string[];
}

/** Control as a process of its own, and a browser. */
async function startSite(t: TestContext): Promise<Site> {
  const database = await testDatabase();
  const data = await mkdtemp(join(tmpdir(), "berth-console-"));
  const control = spawn(process.execPath, [resolve(import.meta.dirname, "../control/src/main.ts")], {
    env: {
      ...process.env,
      BERTH_DATA: data,
      BERTH_DATABASE_URL: database.url,
      BERTH_HTTP_PORT: String(await freePort()),
      BERTH_LINK_HOST: "127.0.0.1",
      BERTH_LINK_PORT: "0",
      LOG_LEVEL: "error",
    },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let browser: Browser | undefined;
  t.after(async () => {
    await browser?.close();
    await end(control);
    await database.close();
    await rm(data, { recursive: true, force: true });
  });
  const ready = (await once(control, "message"))[0] as { url: string; firstLink: string };
  browser = await chromium.launch({ executablePath: chromiumPath(), args: browserArgs });
  return { ...ready, database, browser, complaints: [] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const browserArgs = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

function chromiumPath(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`).find(existsSync);
}

async function end(control: ChildProcess): Promise<void> {
  if (control.exitCode !== null) return;
  control.kill("SIGTERM");
  await once(control, "exit");
}

/** A browser of one person. What its pages complain about is noted; that an answer was a refusal is no complaint. */
async function openBrowser(site: Site, options: Parameters<Browser["newContext"]>[0] = {}): Promise<BrowserContext> {
  const context = await site.browser.newContext({
    locale: "en-GB",
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(15_000);
  context.on("console", (message) => {
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isRefusal) site.complaints.push(message.text());
  });
  context.on("weberror", (error) => void site.complaints.push(String(error.error())));
  return context;
}

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

async function makeFirstAdmin(site: Site): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(site.firstLink);
  await page.getByLabel("User name").fill("harbour");
  await page.getByLabel("E-mail address").fill("harbour@example.com");
  await page.getByLabel("Password").fill(password);
  await button(page, "Make super admin").click();
  await page.waitForURL(`${site.url}/`);
  await page.getByText("Nothing runs yet").waitFor();
  return page;
}

async function makeJoinCommand(page: Page): Promise<void> {
  await button(page, "Add node").click();
  await page.getByLabel("Region").fill("tokyo");
  await button(page, "Make join command").click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("pre").waitFor();
  await lookAtOpen(page, "join-command");
  assert.match((await dialog.locator("pre").textContent()) ?? "", /^npm run berth -- join https:\/\//);
  await page.keyboard.press("Escape");
  assert.ok(await button(page, "Close").isDisabled(), "a secret that was not stored must not vanish");
  await dialog.getByRole("checkbox").check();
  await button(page, "Close").click();
  await dialog.waitFor({ state: "detached" });
}

async function makePlan(page: Page): Promise<void> {
  await button(page, "New plan").click();
  await page.getByLabel("Name").fill("Asia 30 days");
  await page.getByLabel("Traffic (GB)").fill("100");
  await page.getByLabel("Devices").fill("3");
  await page.getByLabel("Price").fill("28.50");
  await page.getByLabel("Currency").fill("CNY");
  await lookAtOpen(page, "plan");
  await button(page, "Make plan").click();
  await page.getByRole("row", { name: /Asia 30 days 30 days 100 GB 3 ¥28.50/ }).waitFor();
}

async function makeSerials(page: Page): Promise<string[]> {
  await button(page, "New batch").click();
  await page.getByLabel("How many").fill("3");
  await button(page, "Make serials").click();
  await page.getByLabel("Codes", { exact: true }).waitFor();
  await lookAtOpen(page, "serials");
  const codes = (await page.getByLabel("Codes", { exact: true }).inputValue()).split("\n");
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download CSV").click()]);
  const lines = (await readFile(await download.path(), "utf8")).split("\r\n");
  assert.deepEqual(
    lines.slice(1, -1).map((line) => line.split(",")[0]),
    codes,
  );
  await page.getByRole("checkbox").check();
  await button(page, "Close").click();
  return codes;
}

async function signUp(site: Site, admin: Page): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(`${site.url}/sign-in`);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("User name").fill("wei");
  await page.getByLabel("E-mail address").fill("wei@example.com");
  await page.getByLabel("Password").fill(password);
  await button(page, "Send code").click();
  await page.getByText("A code is on its way to wei@example.com").waitFor();
  const subject = await admin.getByText(/^\d{6} is your code$/).textContent();
  await page.getByLabel("Code from the mail").fill("000000");
  await button(page, "Confirm address").click();
  await page.getByText("The code does not fit").waitFor();
  await page.getByLabel("Code from the mail").fill(subject?.slice(0, 6) ?? "");
  await button(page, "Confirm address").click();
  await page.getByText("Redeem a serial to begin").waitFor();
  return page;
}

async function redeem(page: Page, code: string): Promise<void> {
  await page.getByRole("textbox", { name: "Serial" }).fill(code);
  await button(page, "Redeem").click();
}

/** A node as if its agent were there. Its last sign lies ahead, so that nobody misses the next one. */
async function addNode(
  { database: { db } }: Site,
  at: number,
  rest: { name: string; region: string; address: string },
) {
  const { id: authority_id } = await db.selectFrom("certificate_authorities").select("id").executeTakeFirstOrThrow();
  await db
    .insertInto("nodes")
    .values({
      id: `node_${String(at).padStart(26, "0")}`,
      name: rest.name,
      region: rest.region,
      addresses: [rest.address],
      state: "online",
      scheduling: "open",
      authority_id,
      observed_address: null,
      port_from: 20_000,
      port_to: 29_999,
      stun_port: 3478,
      version: "0.1.0",
      capabilities: JSON.stringify([{ offering: "derp", specVersions: [1] }]),
      cores: 4,
      memory_bytes: 8_000_000_000n,
      load: 0.4,
      memory_used_bytes: 2_000_000_000n,
      instances: 0,
      instances_most: 500,
      revision: 0n,
      held_revision: 0n,
      joined_at: new Date(),
      last_seen_at: new Date(Date.now() + hourMs),
    })
    .execute();
}

async function knock({ database: { db } }: Site, digit: string): Promise<void> {
  const { id, lease_id } = await db.selectFrom("instances").select(["id", "lease_id"]).executeTakeFirstOrThrow();
  const at = new Date();
  const key = `nodekey:${digit.repeat(64)}`;
  await db
    .insertInto("knocks")
    .values({ lease_id, key, instance_id: id, address: "198.51.100.20", first_at: at, last_at: at, count: 4n })
    .execute();
}

/** Bytes as if they had flowed: over the day, and of one device. */
async function addUsage({ database: { db } }: Site): Promise<void> {
  const instance = await db.selectFrom("instances").selectAll().executeTakeFirstOrThrow();
  const device = await db.selectFrom("devices").selectAll().where("removed_at", "is", null).executeTakeFirstOrThrow();
  const now = Math.floor(Date.now() / hourMs) * hourMs;
  const month = new Date(now).toISOString().slice(0, 7);
  const of = {
    instance_id: instance.id,
    subject: device.id,
    meter: "bytes" as const,
    lease_id: instance.lease_id,
    account_id: device.account_id,
    node_id: instance.node_id,
  };
  const hours = Array.from({ length: 24 }, (_, at) => new Date(now - at * hourMs))
    .filter((bucket) => bucket.toISOString().startsWith(month))
    .map((bucket, at) => ({ ...of, bucket, value: BigInt(Math.round((1 + Math.sin(at / 3)) * 2.1e9 + at * 4e7)) }));
  await db.insertInto("usage_hourly").values(hours).execute();
  const sum = hours.reduce((sum, { value }) => sum + value, 0n);
  const day = new Date(new Date(now).setUTCHours(0));
  await db
    .insertInto("usage_daily")
    .values({ ...of, bucket: day, value: sum })
    .execute();
  await db.updateTable("leases").set({ used_bytes: sum }).execute();
  await db.updateTable("instances").set({ phase: "running" }).execute();
}

const widths = [360, 768, 1440];
const schemes = ["light", "dark"] as const;

/** Opens an address as it looks to somebody, in each language, size and colours. */
async function lookAt(site: Site, who: BrowserContext, path: string): Promise<void> {
  const { cookies } = await who.storageState();
  const inLanguage = async (locale: string) => {
    const context = await openBrowser(site, { locale, storageState: { cookies, origins: [] } });
    const page = await context.newPage();
    await page.goto(site.url + path);
    await page.locator("main > *").first().waitFor();
    await page.locator("main:not(:has(.skeleton))").waitFor();
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        await checkLook(page, `${path.slice(1) || "home"}-${width}-${locale}-${colorScheme}`);
      }
    }
    await context.close();
  };
  await Promise.all(["en", "zh-CN"].map(inLanguage));
}

/** A page that is open already, in the language it has; it gets its size back. */
async function lookAtOpen(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 720 };
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await checkLook(page, `${name}-${width}-en-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

let taken = 0;

/** What every page promises: it fits, it speaks one language, and shows no raw value. */
async function checkLook(page: Page, name: string): Promise<void> {
  const { scrollWidth, innerWidth, lang, text } = await page.evaluate(() => ({
    scrollWidth: document.documentElement.scrollWidth,
    innerWidth: window.innerWidth,
    lang: document.documentElement.lang,
    text: document.body.textContent ?? "",
  }));
  assert.ok(scrollWidth <= innerWidth, `${name}: ${scrollWidth} px wide`);
  assert.ok(name.includes(lang), `${name} is in ${lang}`);
  assert.doesNotMatch(text, /undefined|NaN|\[object|(?<!Code )\b(accounts|leases|fleet|serials)\.[a-z_]+/, name);
  if (!pictures) return;
  const number = String(++taken).padStart(3, "0");
  await page.screenshot({ path: join(pictures, `${number}-${name}.png`), fullPage: true });
}

interface Walk {
  readonly site: Site;
  readonly admin: Page;
  readonly customer: Page;
  readonly codes: readonly string[];
}

/** From the first start to a customer who holds a serial. */
async function walkToRedeeming(site: Site): Promise<Walk> {
  const nobody = await openBrowser(site);
  const admin = await makeFirstAdmin(site);
  await Promise.all(["/first", "/sign-in", "/sign-up"].map((path) => lookAt(site, nobody, path)));
  await lookAt(site, admin.context(), "/");
  await makeJoinCommand(admin);
  await makePlan(admin);
  const codes = await makeSerials(admin);
  const customer = await signUp(site, admin);
  await lookAt(site, customer.context(), "/");
  return { site, admin, customer, codes };
}

async function redeemWithoutNodes({ customer, codes: [code = ""] }: Walk): Promise<void> {
  await redeem(
    customer,
    code.replace(/.$/, (last) => (last === "2" ? "3" : "2")),
  );
  await customer.getByText("no try was spent").waitFor();
  await redeem(customer, code.toLowerCase().replaceAll("-", " "));
  await customer.getByText("No node has room for derp now; your serial is unused").waitFor();
  await customer.getByText("leases.no_capacity").waitFor();
  await button(customer, "Copy code and trace ID").waitFor();
  await lookAtOpen(customer, "refusal");
}

async function redeemWithNodes({ site, customer, codes: [code = ""] }: Walk): Promise<void> {
  await addNode(site, 1, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  await addNode(site, 2, { name: "sydney-1", region: "sydney", address: "203.0.113.8" });
  await addNode(site, 3, { name: "frankfurt-with-a-long-name-1", region: "frankfurt", address: "2001:db8::17" });
  await redeem(customer, code);
  await customer.getByText("Redeemed: Asia 30 days is yours").waitFor();
  await customer.locator("dd", { hasText: /^30 days$/ }).waitFor();
  const address = await customer.getByLabel("Configuration address").inputValue();
  const map = (await (await fetch(address)).json()) as { Regions: object };
  assert.equal(Object.keys(map.Regions).length, 3);
}

async function typeWhileAKeyKnocks({ site, customer }: Walk): Promise<void> {
  const name = customer.getByLabel("Name", { exact: true });
  await name.fill("my lap");
  await knock(site, "a");
  await button(customer, "Admit").waitFor();
  assert.equal(await name.inputValue(), "my lap");
  assert.ok(await name.evaluate((input) => input === document.activeElement));
  await name.fill("");
}

async function admitAndRemove({ customer }: Walk): Promise<void> {
  await customer.getByLabel("Name for this device").fill("laptop");
  await button(customer, "Admit").click();
  await button(customer, "Remove laptop").click();
  await lookAtOpen(customer, "confirm");
  await button(customer, "Remove device").click();
  await customer.getByText("No device yet").waitFor();
  await customer.getByLabel("Name", { exact: true }).fill("phone");
  await customer.getByLabel("Node key").fill("nodekey:short");
  await button(customer, "Add device").click();
  await customer.getByText("derp.bad_key").waitFor();
  await customer.getByLabel("Node key").fill(`nodekey:${"b".repeat(64)}`);
  await button(customer, "Add device").click();
  await button(customer, "Remove phone").waitFor();
}

async function lookAtAll({ site, admin, customer, codes: [, code = ""] }: Walk): Promise<void> {
  const { db } = site.database;
  await addUsage(site);
  await knock(site, "c");
  await redeem(customer, code);
  await customer.getByRole("article").nth(1).waitFor();
  await db
    .updateTable("leases")
    .set({ state: "suspended", suspended_for: "quota", used_bytes: 100_000_000_000n })
    .where("used_bytes", "=", 0n)
    .execute();
  const gone = { state: "offline", last_seen_at: new Date() } as const;
  await db.updateTable("nodes").set(gone).where("region", "=", "sydney").execute();
  await lookAt(site, customer.context(), "/");
  await lookAt(site, admin.context(), "/");
  assert.deepEqual(site.complaints, []);
}

async function loseControl({ site, customer }: Walk): Promise<void> {
  await customer.context().setOffline(true);
  await customer.getByText("Control does not answer. This shows the data of").waitFor();
  await customer.getByText("tokyo-1").first().waitFor();
  await lookAtOpen(customer, "away");
  await customer.context().setOffline(false);
  await customer.getByText("Control does not answer").waitFor({ state: "detached" });
  const others = site.complaints.splice(0).filter((text) => !text.includes("net::ERR_INTERNET_DISCONNECTED"));
  assert.deepEqual(others, []);
}

async function switchLanguage({ site, admin }: Walk): Promise<void> {
  await button(admin, "中文").click();
  await admin.getByRole("heading", { name: "租赁" }).waitFor();
  await admin.reload();
  await admin.getByRole("heading", { name: "租赁" }).waitFor();
  await button(admin, "退出登录").click();
  await admin.waitForURL(`${site.url}/sign-in`);
  await admin.goto(site.url);
  await admin.waitForURL(`${site.url}/sign-in`);
  assert.deepEqual(site.complaints, []);
}

test("a person gets from the first start to a connected customer by mouse alone", async (t) => {
  if (!need(t, "chromium")) return;
  const walk = await walkToRedeeming(await startSite(t));
  const promises: Record<string, (walk: Walk) => Promise<void>> = {
    "a slip of typing costs no try, and without nodes the serial stays unused": redeemWithoutNodes,
    "a serial becomes relays and an address to download from": redeemWithNodes,
    "what arrives while somebody types takes nothing from them": typeWhileAKeyKnocks,
    "a device that knocks is admitted, and removed again": admitAndRemove,
    "no page scrolls sideways, complains, or shows what is no word": lookAtAll,
    "while control is away the page says so, and shows what it knew": loseControl,
    "the language switches in place and stays, and signing out ends the session": switchLanguage,
  };
  for (const [promise, prove] of Object.entries(promises)) await t.test(promise, () => prove(walk));
});
