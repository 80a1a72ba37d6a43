import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { need } from "../require.ts";
import { startConsoleSite } from "./support/console-site.ts";
import { signInAsFirst } from "./support/first-admin.ts";
import { lookAt, lookAtOpen } from "./support/look.ts";

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

test("an operator makes a plan and serials, sees the codes once, and looks after accounts", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const page = await signInAsFirst(site);
  await makePlan(page);
  await makeSerials(page);
  await lookAfterAccounts(page);
  assert.deepEqual(site.complaints, []);
});

async function open(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).first().click();
  await page.getByRole("heading", { name, exact: true }).waitFor();
}

async function makePlan(page: Page): Promise<void> {
  await open(page, "Plans");
  await page.getByText("No plan yet").waitFor();
  await lookAt(page, "plans-empty");
  await button(page, "New plan").first().click();
  await page.getByRole("textbox", { name: "Name" }).fill("Asia 30 days");
  await page.getByRole("textbox", { name: "Traffic" }).fill("a lot");
  await page.getByRole("textbox", { name: "Price" }).fill("28.50");
  await page.getByText("Type a positive number").waitFor();
  await lookAt(page, "new-plan");
  await page.getByRole("textbox", { name: "Traffic" }).fill("100");
  await button(page, "New plan").click();
  await page.getByRole("cell", { name: "Asia 30 days", exact: true }).waitFor();
  await page.getByText("¥28.50").first().waitFor();
  await lookAt(page, "plans");
  await page.getByRole("button", { name: /Actions for Asia/ }).click();
  await page.getByRole("menuitem", { name: "Take off sale" }).click();
  await page.locator(".state-tag", { hasText: "Off sale" }).waitFor();
  await button(page, "Undo").click();
  await page.locator(".state-tag", { hasText: "On sale" }).waitFor();
}

async function makeSerials(page: Page): Promise<void> {
  await open(page, "Serials");
  await button(page, "New batch").first().click();
  await page.getByLabel("Batch name").fill("Harbour fair");
  await page.getByLabel("Count").fill("20");
  await lookAtOpen(page, "new-batch");
  await page.getByRole("dialog").getByRole("button", { name: "New batch" }).click();
  const dialog = page.getByRole("dialog", { name: "20 serials, shown this once" });
  await dialog.waitFor();
  await lookAtOpen(page, "codes");
  const codes = (await dialog.getByLabel("Serials").inputValue()).split("\n");
  assert.equal(codes.length, 20);
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Harbour fair" }).waitFor();
  await lookAt(page, "batches");
  await page.getByRole("link", { name: "Harbour fair" }).click();
  await page.locator(".state-tag", { hasText: "Unused" }).first().waitFor();
  await lookAt(page, "batch");
  await button(page, "More actions").click();
  await page.getByRole("menuitem", { name: "Revoke unused" }).click();
  const danger = page.getByRole("dialog");
  await danger.getByText("Revokes the unused serials of 1 batch").waitFor();
  await lookAtOpen(page, "revoke-batch");
  await danger.getByRole("button", { name: "Cancel" }).click();
}

async function lookAfterAccounts(page: Page): Promise<void> {
  await open(page, "Accounts");
  await button(page, "Create account").click();
  await page.getByLabel("User name").fill("a-customer-with-quite-a-long-name");
  await page.getByLabel("E-mail address").fill("customer@example.com");
  await page.getByLabel("User name").fill("long-named-customer");
  await page.getByRole("dialog").getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "long-named-customer" }).waitFor();
  await page.getByText("No lease yet").waitFor();
  await lookAt(page, "account");
  await open(page, "Accounts");
  await page.getByRole("link", { name: "long-named-customer" }).waitFor();
  await lookAt(page, "accounts");
  for (const [name, text, picture] of [
    ["Leases", "No lease yet", "leases-empty"],
    ["Orders", "No order yet", "orders-empty"],
  ] as const) {
    await open(page, name);
    await page.getByText(text).waitFor();
    await lookAt(page, picture);
  }
}
