import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, type Call, catalogue, fleet, orders } from "@berth/api";
import { newId } from "@berth/kit";
import fc from "fast-check";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { planOf } from "../../tests/support/sales.ts";
import { pageAfter, toPage } from "./paging.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

type Page = { items: { id: string }[]; next: string | null };

async function readAll(read: (after: string | undefined) => Promise<Page>): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await read(after);
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  return ids;
}

test("pages of any size lose and repeat nothing, however many rows share a moment", () => {
  const row = fc.record({
    at: fc.integer({ min: 0, max: 3 }).map((ms) => new Date(ms)),
    id: fc.string({ minLength: 1, maxLength: 4 }),
  });
  const rows = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 30 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 7 }), (unordered, limit) => {
      const ordered = unordered
        .filter(({ id }) => !/\s/.test(id) && id.isWellFormed())
        .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1));
      const seen: string[] = [];
      for (let after: string | undefined; ; ) {
        const cursor = pageAfter(after);
        const isLater = ({ at, id }: { at: Date; id: string }) =>
          !cursor || at < cursor.at || (at.getTime() === cursor.at.getTime() && id < cursor.id);
        const page = toPage(ordered.filter(isLater).slice(0, limit + 1), limit, ({ id }) => id);
        seen.push(...page.items);
        if (page.next === null) break;
        after = page.next;
      }
      assert.deepEqual(
        seen,
        ordered.map(({ id }) => id),
      );
    }),
  );
});

test("every list is read whole by its pages, although all its rows were made at the same moment", async () => {
  const at = new Date("2026-02-03T04:05:06.789Z");
  const ctx = { ...control.ctx, now: () => at };
  for (let index = 0; index < 11; index++) {
    const event = { id: newId("event", at), at, name: "tests.paged", actor: "system:test", data: "{}" };
    await ctx.db.insertInto("events").values(event).execute();
    await onlineNode(ctx);
    await planOf(operator);
  }
  await control.ctx.db.updateTable("plans").set({ created_at: at }).execute();

  const lists: [string, (call: Call, page: { after?: string; limit: number }) => Promise<Page>, number][] = [
    ["events", (call, page) => call(audit.listEvents, { name: "tests.paged", ...page }), 11],
    ["nodes", (call, page) => call(fleet.listNodes, page), 11],
    ["plans", (call, page) => call(catalogue.listPlans, page), 11],
    ["orders", (call, page) => call(orders.listOrders, page), 0],
  ];
  for (const [name, list, count] of lists) {
    for (const limit of [1, 4, 11, 100]) {
      const ids = await readAll((after) => list(operator, { after, limit }));
      assert.equal(ids.length, count, `${name} by ${limit}`);
      assert.deepEqual(ids, [...new Set(ids)].sort().reverse(), `${name} by ${limit}`);
    }
  }
});
