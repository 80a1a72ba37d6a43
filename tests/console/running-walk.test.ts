import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { need } from "../require.ts";
import { password, startConsoleSite } from "./support/console-site.ts";
import { signInAsFirst } from "./support/first-admin.ts";
import { lookAt, lookAtOpen } from "./support/look.ts";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("an operator reads the audit and the outbox, sets a value, lists an address and makes a role", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const page = await signInAsFirst(site);
  await readAudit(page);
  await readOutbox(page);
  await setValue(page);
  await guardAgainst(page);
  await makeRole(page);
  await lookAtKeys(page);
  assert.deepEqual(site.complaints, []);
});

const go = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).first().click();

async function readAudit(page: Page): Promise<void> {
  await go(page, "Audit");
  await page.getByText("The chain of events is signed up to position").waitFor();
  await lookAt(page, "audit");
  await button(page, "First super admin made").click();
  await page.getByRole("dialog").getByText("accounts.first_admin_made").waitFor();
  await lookAtOpen(page, "event");
  await page.keyboard.press("Escape");
}

async function readOutbox(page: Page): Promise<void> {
  await go(page, "Outbox");
  await page.getByText("No mail yet").waitFor();
  await lookAt(page, "outbox-empty");
}

async function setValue(page: Page): Promise<void> {
  await go(page, "Settings");
  const row = page.getByRole("listitem").filter({ hasText: "Days that a session lasts" });
  await row.waitFor();
  await lookAt(page, "settings");
  await row.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Value").fill("0");
  await button(page, "Save").click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("Value").fill("14");
  await lookAtOpen(page, "setting");
  await button(page, "Save").click();
  await row.getByText("Set", { exact: true }).waitFor();
}

async function guardAgainst(page: Page): Promise<void> {
  await go(page, "Guard");
  await page.getByText("No ban in the last week").waitFor();
  await button(page, "Add address").click();
  await page.getByLabel("Address or network").fill("192.0.2.0/24");
  await page.getByLabel("Note").fill("Documentation, nobody real");
  await page.getByRole("dialog").getByRole("button", { name: "Add address" }).click();
  await proveByPassword(page);
  await page.getByText("192.0.2.0/24", { exact: true }).waitFor();
  await lookAt(page, "guard");
}

/** Control asks for a fresh proof, or still has one. */
async function proveByPassword(page: Page): Promise<void> {
  const proof = page.getByRole("dialog", { name: "Is it you?" });
  await proof
    .or(page.getByText("192.0.2.0/24", { exact: true }))
    .first()
    .waitFor();
  if (!(await proof.isVisible())) return;
  await proof.getByLabel("Password").fill(password);
  await proof.getByRole("button", { name: "Go on" }).click();
}

async function makeRole(page: Page): Promise<void> {
  await go(page, "Roles");
  await page.getByText("Super admin").first().waitFor();
  await button(page, "New role").click();
  await page.getByLabel("Name").fill("Support desk");
  await page.getByLabel("accounts.read").check();
  await lookAtOpen(page, "new-role");
  await button(page, "Save").click();
  await page.getByText("Support desk").waitFor();
  await lookAt(page, "roles");
}

async function lookAtKeys(page: Page): Promise<void> {
  await go(page, "Certificates");
  await page.getByText("No certificate").waitFor();
  await lookAt(page, "certificates");
  await go(page, "Keys");
  await page.getByText("Master key").first().waitFor();
  await lookAt(page, "keys");
}
