import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { freePort } from "../../apps/cli/src/demo/site.ts";
import { until } from "../../apps/cli/src/demo/story.ts";
import { need } from "../require.ts";
import { type Derpload, startDerpload } from "../support/derpload.ts";
import { launchBrowser, openBrowser, password } from "./support/console-site.ts";
import { type Hand, keyboard, mouse } from "./support/hands.ts";
import { type Tongue, wordsIn } from "./support/tongue.ts";

const root = resolve(import.meta.dirname, "../..");

for (const [name, hand, language] of [
  ["by mouse, in English", mouse, "en"],
  ["by keyboard alone, in Chinese", keyboard, "zh-CN"],
] as const) {
  test(`from the first start to the first connected customer, ${name}`, async (t) => {
    if (!need(t, "chromium") || !need(t, "go")) return;
    const words = await wordsIn(language);
    const { url, firstLink } = await startBerth(t);
    const browser = await launchBrowser(t);
    const complaints: string[] = [];
    const open = async () => (await openBrowser({ browser, complaints }, { locale: language })).newPage();
    const operator = await open();
    await operator.goto(firstLink);
    const [code = ""] = await sell(operator, hand, words);
    const customer = await open();
    await customer.goto(`${url}/sign-up`);
    await signUp(customer, hand, words, () => mailedCode(operator, hand, words));
    const link = await redeem(customer, hand, words, code);
    const load = await startDerpload();
    t.after(() => load.close());
    await connect(customer, { hand, words, load, link });
    assert.deepEqual(complaints, []);
  });
}

/** As `npm start` does it, over a folder of its own. */
async function startBerth(t: TestContext): Promise<{ url: string; firstLink: string }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-first-"));
  const env = {
    ...process.env,
    BERTH_DATA: join(folder, "data"),
    BERTH_HTTP_PORT: String(await freePort()),
    BERTH_LINK_PORT: String(await freePort()),
    BERTH_STUN_PORT: String(await freePort()),
  };
  const args = [join(root, "scripts/run.mjs"), "apps/cli/src/main.ts", "up"];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  t.after(() => end(child, folder));
  await until("how to sign in", async () => said.includes("/first#"), 60_000);
  const found = (pattern: RegExp) => pattern.exec(said)?.[1] ?? assert.fail(said);
  return { url: found(/ready (http:\/\/\S+)/), firstLink: found(/(http:\/\/\S+\/first#\S+)/) };
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
  await rm(folder, { recursive: true, force: true });
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const field = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });
const place = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).first();

/** The first super admin makes a plan and serials, and reads the codes off the screen. */
async function sell(page: Page, hand: Hand, { account, nav, plans, serials, ui }: Tongue): Promise<string[]> {
  await hand.type(field(page, account.username), "harbour");
  await hand.type(field(page, account.email), "harbour@example.com");
  await hand.type(page.getByLabel(account.password, { exact: true }), password);
  await hand.press(button(page, account.firstMake));
  await hand.press(place(page, nav.plans));
  await hand.press(button(page, plans.create).first());
  await hand.type(field(page, plans.name), "Asia 30");
  await hand.type(field(page, plans.price), "28.50");
  await hand.press(button(page, plans.create));
  await page.getByRole("cell", { name: "Asia 30", exact: true }).waitFor();
  await hand.press(place(page, nav.serials));
  await hand.press(button(page, serials.create).first());
  const drawer = page.getByRole("dialog");
  await hand.type(drawer.getByRole("textbox", { name: serials.name, exact: true }), "first");
  await hand.type(drawer.getByRole("textbox", { name: serials.count, exact: true }), "2");
  await hand.press(drawer.getByRole("button", { name: serials.create, exact: true }));
  const once = page.getByRole("dialog").filter({ has: page.getByLabel(ui.secret.stored) });
  const codes = (await once.getByRole("textbox").inputValue()).split("\n");
  await hand.press(once.getByRole("checkbox"));
  await hand.press(once.getByRole("button", { name: ui.close, exact: true }));
  await once.waitFor({ state: "detached" });
  return codes;
}

/** Where no mail server is set, staff reads codes in the outbox. */
async function mailedCode(page: Page, hand: Hand, { nav }: Tongue): Promise<string> {
  await hand.press(place(page, nav.outbox));
  const subject = page.getByText(/\d{6}/).first();
  await subject.waitFor();
  return /\d{6}/.exec((await subject.textContent()) ?? "")?.[0] ?? "";
}

async function signUp(page: Page, hand: Hand, { account, services }: Tongue, code: () => Promise<string>) {
  await hand.type(field(page, account.username), "wei");
  await hand.type(field(page, account.email), "wei@example.com");
  await hand.type(page.getByLabel(account.password, { exact: true }), password);
  await hand.press(button(page, account.sendCode));
  await field(page, account.code).waitFor();
  await hand.type(field(page, account.code), await code());
  await hand.press(button(page, account.confirm));
  await page.getByText(services.empty).waitFor();
}

/** Gives where the configuration is. */
async function redeem(page: Page, hand: Hand, { nav, services, derp, ui }: Tongue, code: string): Promise<string> {
  await hand.press(place(page, nav.redeem));
  await hand.type(field(page, services.serial), code);
  await hand.press(button(page, services.redeem));
  await hand.press(button(page, services.toLease));
  await page.getByRole("heading", { name: derp.connect }).waitFor();
  await hand.press(button(page, ui.show));
  return page.getByRole("textbox", { name: ui.connect.link }).inputValue();
}

interface Connecting {
  readonly hand: Hand;
  readonly words: Tongue;
  readonly load: Derpload;
  readonly link: string;
}

/** Two Tailscale clients knock, are admitted, and their first packet is seen on the page. */
async function connect(page: Page, { hand, words: { derp, ui }, load, link }: Connecting): Promise<void> {
  const derpMap = (await (await fetch(link)).json()) as { readonly Regions: object };
  const region = Number(Object.keys(derpMap.Regions)[0]);
  for (const device of ["laptop", "phone"]) {
    await load.ask({ do: "key", device });
    await load.ask({ do: "connect", device, derpMap, region, within: 2_000 }).catch(() => {});
    await hand.type(field(page, derp.deviceName), device);
    await hand.press(button(page, derp.admit));
    await button(page, derp.remove.replace("{{name}}", device)).waitFor();
    await until("admitted", async () => {
      const connected = await load
        .ask({ do: "connect", device, derpMap, region, within: 2_000 })
        .catch(() => undefined);
      return connected !== undefined;
    });
  }
  await load.ask({ do: "send", device: "laptop", to: "phone", packets: 5, bytes: 400, flush: true });
  await page.getByText(ui.connect.seen, { exact: true }).waitFor();
}
