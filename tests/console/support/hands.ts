import assert from "node:assert/strict";
import type { Locator } from "playwright-core";

/** How somebody uses a page. */
export interface Hand {
  press(what: Locator): Promise<void>;
  /** In place of what stands there. */
  type(field: Locator, text: string): Promise<void>;
}

export const mouse: Hand = {
  press: (what) => what.click(),
  type: (field, text) => field.fill(text),
};

/** By Tab, Enter and Space alone: what can't be reached so fails. */
export const keyboard: Hand = {
  async press(what) {
    await tabTo(what);
    const isBox = await what.evaluate((element) => element.matches("input[type=checkbox], input[type=radio]"));
    await what.page().keyboard.press(isBox ? "Space" : "Enter");
  },
  async type(field, text) {
    await tabTo(field);
    await field.page().keyboard.press("ControlOrMeta+A");
    await field.page().keyboard.type(text);
  },
};

/** More than any page has. */
const mostTabs = 150;

async function tabTo(what: Locator): Promise<void> {
  await what.waitFor();
  for (let tabs = 0; tabs < mostTabs; tabs++) {
    if (await what.evaluate((element) => element.matches(":focus"))) return;
    await what.page().keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${what}`);
}
