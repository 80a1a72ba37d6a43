import type { Page } from "playwright-core";

/** What people do on a list, and what shows that it is done. */
interface Press {
  readonly name: string;
  act(page: Page): Promise<void>;
}

const dialog = (page: Page) => page.getByRole("dialog");

export const presses: readonly Press[] = [
  {
    name: "choose a state",
    act: async (page) => {
      await page.getByRole("button", { name: /^Offline/ }).click();
      await page.waitForURL(/state=offline/);
      await page.getByRole("button", { name: /^All/ }).click();
      await page.locator("tbody td a").first().waitFor();
    },
  },
  {
    name: "search",
    act: async (page) => {
      await page.getByLabel("Search").click();
      await page.keyboard.type("tokyo-1");
      await page.waitForURL(/q=tokyo-1/);
      await page.getByLabel("Search").fill("");
      await page.waitForURL((url) => !url.searchParams.has("q"));
    },
  },
  {
    name: "open a form",
    act: async (page) => {
      await page.getByRole("button", { name: "Add node" }).first().click();
      await dialog(page).getByLabel("Region").waitFor();
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "hidden" });
    },
  },
  {
    name: "select a row",
    act: async (page) => {
      const box = page.getByLabel(/^Select osaka-/).first();
      await box.check();
      await page.getByRole("region", { name: "1 selected" }).waitFor();
      await box.uncheck();
    },
  },
  {
    name: "open a row",
    act: async (page) => {
      const row = page.getByRole("link", { name: /^osaka-/ }).first();
      const name = (await row.textContent()) ?? "";
      await row.click();
      await page.getByRole("heading", { name, exact: true }).waitFor();
    },
  },
];
