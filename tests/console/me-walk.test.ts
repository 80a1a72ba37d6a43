import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { stepAt, totpCode } from "../../core/access/totp.ts";
import { need } from "../require.ts";
import { type ConsoleSite, openBrowser, password, startConsoleSite } from "./support/console-site.ts";
import { lookAt, lookAtOpen } from "./support/look.ts";

/** A passkey, with its private part. */
interface Held {
  readonly credentialId: string;
  readonly isResidentCredential: boolean;
  readonly rpId?: string;
  readonly privateKey: string;
  readonly userHandle?: string;
  readonly signCount: number;
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("somebody adds an authenticator and a passkey, makes a key, and comes back in with the passkey alone", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t, { name: "localhost" });
  const page = await signInAsFirst(site);
  await addAuthenticator(page);
  const held = await addPasskey(page);
  await makeKey(page);
  await lookAround(page);
  await comeBack(site, page, held);
  assert.deepEqual(site.complaints, []);
});

async function signInAsFirst(site: ConsoleSite): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(site.firstLink);
  await page.getByLabel("User name").fill("harbour");
  await page.getByLabel("E-mail address").fill("harbour@example.com");
  await page.getByLabel("Password").fill(password);
  await button(page, "Make super admin").click();
  await page.waitForURL(`${site.url}/operator`);
  await page.getByRole("button", { name: "harbour" }).click();
  await page.getByRole("menuitem", { name: "Me" }).click();
  await page.getByText("No passkey yet").waitFor();
  await lookAt(page, "me-security");
  return page;
}

async function addAuthenticator(page: Page): Promise<void> {
  await button(page, "Add authenticator").click();
  const dialog = page.getByRole("dialog", { name: "Add authenticator" });
  await dialog.waitFor();
  await lookAtOpen(page, "me-totp");
  const secret = (await dialog.locator("code").textContent()) ?? "";
  await dialog.getByRole("textbox", { name: "Code" }).fill(totpCode(fromBase32(secret), stepAt(new Date())));
  await button(page, "Turn authenticator on").click();
  await storeCodes(page);
}

/** Recovery codes come with the first factor, and are shown once. */
async function storeCodes(page: Page): Promise<void> {
  const codes = page.getByRole("dialog", { name: "Recovery codes, shown this once" });
  await codes.waitFor();
  assert.equal((await codes.getByRole("textbox").inputValue()).split("\n").length, 10);
  await codes.getByRole("checkbox").check();
  await button(page, "Close").click();
  await codes.waitFor({ state: "detached" });
}

/**
 * A security key that the browser pretends to have, and whose owner always touches it. It is lost with the document: what it
 * holds is taken along.
 */
async function plugInKey(page: Page, holds: readonly Held[] = []): Promise<() => Promise<readonly Held[]>> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  for (const credential of holds) await session.send("WebAuthn.addCredential", { authenticatorId, credential });
  return async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
}

async function addPasskey(page: Page): Promise<readonly Held[]> {
  const held = await plugInKey(page);
  await button(page, "Add passkey").click();
  await page.getByText("Added the passkey").waitFor();
  const credentials = await held();
  await page.getByText("10 recovery codes are left").waitFor();
  await lookAt(page, "me-passkey");
  return credentials;
}

async function makeKey(page: Page): Promise<void> {
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByText("No API key yet").waitFor();
  await button(page, "New API key").click();
  await page.getByLabel("Name").fill("backup program");
  await lookAtOpen(page, "me-new-key");
  await page.getByRole("dialog").getByRole("button", { name: "New API key" }).click();
  const dialog = page.getByRole("dialog", { name: "API key, shown this once" });
  await dialog.getByRole("checkbox").check();
  await button(page, "Close").click();
  await page.getByText("backup program").waitFor();
  await lookAt(page, "me-keys");
}

async function lookAround(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByText("This session").waitFor();
  await lookAt(page, "me-sessions");
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("Signed in").first().waitFor();
  await lookAt(page, "me-history");
}

async function comeBack(site: ConsoleSite, page: Page, held: readonly Held[]): Promise<void> {
  await page.getByRole("button", { name: "harbour" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/sign-in/);
  await button(page, "Use a passkey").waitFor();
  await plugInKey(page, held);
  await button(page, "Use a passkey").click();
  await page.waitForURL(`${site.url}/operator`);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function fromBase32(text: string): Buffer {
  const bits = [...text.replaceAll(" ", "")]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
