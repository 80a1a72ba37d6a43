import assert from "node:assert/strict";
import { test } from "node:test";
import { need } from "../require.ts";
import { openBrowser, startConsoleSite } from "./support/console-site.ts";
import { addPeople } from "./support/people.ts";
import { roundsOf } from "./support/rounds.ts";
import { visitOf, visits } from "./support/visits.ts";
import { vitalsOf, watchVitals } from "./support/vitals.ts";

/** The page itself; what it starts with; who is there and what the page is made of; what it shows. */
const mostRounds = 4;
/** A busy machine can only make it look like more rounds than they are. */
const mostVisits = 3;
const mostShift = 0.05;

test("a first visit waits for nothing that it does not need, and nothing moves under the reader's eyes", async (t) => {
  if (!need(t, "chromium")) return;
  const site = await startConsoleSite(t);
  const people = await addPeople(site);
  for (const visit of visits) {
    await t.test(visit.name, async (t) => {
      let fewest = Number.POSITIVE_INFINITY;
      for (let times = 0; times < mostVisits && fewest > mostRounds; times++) {
        const context = await openBrowser(site);
        await watchVitals(context);
        const { page, url, useful } = await visitOf(context, visit, { url: site.url, people });
        const rounds = await roundsOf(await context.newCDPSession(page), url, useful);
        await page.locator("body:not(:has(.feedback-skeleton))").waitFor();
        const { shift, moved } = await vitalsOf(page);
        assert.ok(shift < mostShift, `it moved by ${shift}: ${moved}`);
        fewest = Math.min(fewest, rounds.length);
        t.diagnostic(
          `${rounds.map((round) => round.length).join(" + ")} requests, moved by ${shift.toFixed(3)}: ${moved}`,
        );
        await context.close();
      }
      assert.ok(fewest <= mostRounds, `${fewest} rounds`);
    });
  }
  assert.deepEqual(site.complaints, []);
});
