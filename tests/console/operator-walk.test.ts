import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { need } from "../require.ts";
import { type ConsoleSite, openBrowser, password, startConsoleSite } from "./support/console-site.ts";
import { lookAt, lookAtOpen } from "./support/look.ts";
import { addNode } from "./support/rows.ts";

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

test("an operator makes the site theirs, adds a node, finds it, looks into it and cordons it", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const page = await makeFirstAdmin(site);
  await makeJoinCommand(site, page);
  await lookAtNodes(site, page);
  await lookAtNode(page);
  assert.deepEqual(site.complaints, []);
});

async function makeFirstAdmin(site: ConsoleSite): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(`${site.url}/sign-in`);
  await lookAt(page, "sign-in");
  await page.goto(site.firstLink);
  await page.getByLabel("User name").fill("harbour");
  await page.getByLabel("E-mail address").fill("harbour@example.com");
  await page.getByLabel("Password").fill(password);
  await button(page, "Make super admin").click();
  await page.waitForURL(`${site.url}/operator`);
  await page.getByText("Nothing runs yet").waitFor();
  await lookAt(page, "overview-first");
  return page;
}

async function makeJoinCommand({ database: { db } }: ConsoleSite, page: Page): Promise<void> {
  await page.getByRole("link", { name: "Nodes", exact: true }).first().click();
  await page.getByText("No node yet").waitFor();
  await lookAt(page, "nodes-empty");
  await button(page, "Add node").first().click();
  await page.getByRole("dialog").getByLabel("Region").fill("tokyo");
  await lookAtOpen(page, "add-node");
  // The proof of the sign-in is too old for this: it is asked for anew, and what was begun goes on by itself.
  await db
    .updateTable("sessions")
    .set({ proven_at: new Date(Date.now() - 6 * 60_000) })
    .execute();
  await button(page, "Make join command").click();
  const proof = page.getByRole("dialog", { name: "Is it you?" });
  await proof.getByLabel("Password").fill("not it");
  await proof.getByRole("button", { name: "Go on" }).click();
  await proof.getByRole("alert").waitFor();
  await proof.getByLabel("Password").fill(password);
  await proof.getByRole("button", { name: "Go on" }).click();
  await proof.waitFor({ state: "detached" });
  const dialog = page.getByRole("dialog", { name: "Run this on the server" });
  await dialog.waitFor();
  await lookAtOpen(page, "join-command");
  assert.match(await dialog.getByLabel("Join command").inputValue(), /^npm run berth -- join https:\/\//);
  await page.keyboard.press("Escape");
  assert.ok(await button(page, "Close").isDisabled(), "a secret that was not stored must not vanish");
  await dialog.getByRole("checkbox").check();
  await button(page, "Close").click();
  await dialog.waitFor({ state: "detached" });
}

async function lookAtNodes(site: ConsoleSite, page: Page): Promise<void> {
  await addNode(site.database.db, { name: "tokyo-1", region: "tokyo", address: "203.0.113.7" });
  await addNode(site.database.db, { name: "sydney-1", region: "sydney", address: "203.0.113.8", state: "offline" });
  await addNode(site.database.db, {
    name: "frankfurt-with-a-long-name-1",
    region: "frankfurt",
    address: "2001:db8::17",
  });
  await page.reload();
  await page.getByRole("link", { name: "tokyo-1" }).waitFor();
  await lookAt(page, "nodes");
  await button(page, /^Offline/).click();
  await page.waitForURL(/state=offline/);
  await page.getByRole("link", { name: "tokyo-1" }).waitFor({ state: "detached" });
  await page.getByLabel("Search").fill("nothing-like-it");
  await page.getByText("Nothing fits the filters").waitFor();
  await lookAt(page, "nodes-no-match");
  await button(page, "Clear filters").click();
  await page.getByRole("link", { name: "tokyo-1" }).waitFor();
  await page.getByLabel("Select tokyo-1").check();
  await page.getByRole("region", { name: "1 selected" }).waitFor();
  await button(page, "Clear selection").click();
}

async function lookAtNode(page: Page): Promise<void> {
  await page.getByRole("link", { name: "sydney-1" }).click();
  await page.getByText("No heartbeat for").waitFor();
  await lookAt(page, "node-offline");
  await page.getByRole("link", { name: "Nodes", exact: true }).first().click();
  await page.getByRole("link", { name: "tokyo-1" }).click();
  await button(page, "Cordon").click();
  await button(page, "Undo").waitFor();
  await button(page, "Uncordon").waitFor();
  await page.getByRole("link", { name: "Events", exact: true }).click();
  await page.getByText("Node cordoned").waitFor();
  await lookAt(page, "node-events");
  await button(page, "More actions").click();
  await page.getByRole("menuitem", { name: "Revoke node" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke tokyo-1?" });
  await dialog.getByText("What will happen").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Revoke node" }).isDisabled(), "the name is to be typed first");
  await lookAtOpen(page, "revoke-node");
  await dialog.getByLabel("Type tokyo-1 to confirm").fill("tokyo-1");
  await dialog.getByRole("button", { name: "Revoke node" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Removed", { exact: true }).waitFor();
}
