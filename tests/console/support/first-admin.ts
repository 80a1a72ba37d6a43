import type { Page } from "playwright-core";
import { type ConsoleSite, openBrowser, password } from "./console-site.ts";

/** Opens the link of the first start, makes the first super admin, and is where they come in. */
export async function signInAsFirst(site: ConsoleSite): Promise<Page> {
  const page = await (await openBrowser(site)).newPage();
  await page.goto(site.firstLink);
  await page.getByLabel("User name").fill("harbour");
  await page.getByLabel("E-mail address").fill("harbour@example.com");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Make super admin", exact: true }).click();
  await page.waitForURL(`${site.url}/operator`);
  return page;
}
