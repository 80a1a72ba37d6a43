import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { fill } from "../support/fill.ts";
import { expected, type Oracle, oracles, rowsOf } from "../support/list-oracle.ts";
import { type ListingSite, listingSite } from "../support/listing-site.ts";
import { counted, lists, sortsOf, waysOf } from "../support/lists.ts";

const at = new Date("2026-06-01T00:00:00Z");
const limit = 7;

let control: TestControl;
let site: ListingSite;
let staff: Person;

before(async () => {
  control = await testControl();
  await fill(control.database.pool, control.ctx.keys, { rows: 400, at, perNode: 5, perBatch: 10 });
  site = await listingSite(control);
  staff = await control.as("super_admin");
});
after(async () => {
  await site?.close();
  await control.close();
});

/** The accounts that tests make to ask by have no place in the year that was filled. */
const filled = ({ path }: { path: string }): Record<string, string> =>
  path === "/accounts" ? { to: at.toISOString() } : {};

describe("of each filter with each sort, the first and the last page hold what they should", () => {
  for (const route of lists) {
    test(route.path, async () => {
      const oracle = oracles[route.path] as Oracle;
      assert.ok(oracle, `no oracle for ${route.path}`);
      const rows = await rowsOf(oracle, control.database.pool);
      let found = 0;
      for (const { filter: given, sort } of waysOf(route, at)) {
        const filter = { ...filled(route), ...given };
        const what = JSON.stringify({ ...filter, sort });
        const wanted = expected(oracle, rows, filter, sort);
        const query = { ...filter, sort, limit: String(limit) };
        const first = await site.read(route.path, query, staff.token);
        assert.deepEqual(
          first.items.map(({ id }) => id),
          wanted.slice(0, limit),
          `first of ${what}`,
        );
        assert.deepEqual([first.previous, first.next === null], [null, wanted.length <= limit], what);
        const last = await site.read(route.path, { ...query, before: "end" }, staff.token);
        assert.deepEqual(
          last.items.map(({ id }) => id),
          wanted.slice(-limit),
          `last of ${what}`,
        );
        assert.deepEqual([last.next, last.previous === null], [null, wanted.length <= limit], what);
        if (wanted.length > limit) found += 1;
      }
      assert.ok(found > 3, `only ${found} ways have a second page`);
    });
  }
});

describe("rows are counted by state as the list shows them", () => {
  for (const { list, path } of counted) {
    test(path, async () => {
      const oracle = oracles[list.path] as Oracle;
      const rows = await rowsOf(oracle, control.database.pool);
      const [sort = ""] = sortsOf(list);
      const ways = waysOf(list, at).filter(({ filter, sort: of }) => of === sort && !("state" in filter));
      assert.ok(ways.length > 3);
      for (const { filter: given } of ways) {
        const filter = { ...filled(list), ...given };
        const { states } = (await site.get(path, filter, staff.token)) as { states: Record<string, number> };
        const wanted = Object.keys(states).map((state) => [
          state,
          expected(oracle, rows, { ...filter, state }, sort).length,
        ]);
        assert.deepEqual(states, Object.fromEntries(wanted), JSON.stringify(filter));
      }
    });
  }
});
