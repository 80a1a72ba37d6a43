import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { audit, type CallOf } from "@berth/api";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { refusalOf } from "../../tests/support/refusal.ts";

let control: TestControl;
let staff: Person;

/** 60 events, two in each second, so that pages end between events of one moment. */
before(async () => {
  control = await testControl();
  staff = await control.as("admin");
  await control.database.pool.query(`
    insert into events (id, at, name, actor, account_id, lease_id, node_id, data)
    select 'event_' || lpad(n::text, 3, '0'), timestamptz '2026-05-01T00:00:00Z' + n / 2 * interval '1 s',
      case when n % 10 = 0 then 'tests.rare' else 'tests.frequent' end, 'account_actor' || n % 3, 'account_' || n % 4,
      'lease_' || n % 5, 'node_' || n % 6,
      jsonb_build_object('orderId', 'order_01abc' || n, 'reason', case when n % 7 = 0 then '退款 was "late", sorry' else 'fine' end,
        'path', '/c/x' || n || '.json', 'list', jsonb_build_array('Ünïcode-' || n))
    from generate_series(1, 60) n`);
});
after(() => control.close());

type Filter = CallOf<typeof audit.listEvents>;

/** Numbers of the events that fit, in the order of the answer. */
async function find(filter: Filter): Promise<number[]> {
  const { items } = await staff(audit.listEvents, { to: "2026-05-02T00:00:00Z", ...filter });
  return items.map(({ id }) => Number(id.slice(6)));
}

const newestFirst = (fits: (n: number) => boolean) => Array.from({ length: 60 }, (_, index) => 60 - index).filter(fits);

describe("events are found", () => {
  for (const [what, filter, fits] of [
    ["name", { name: "tests.rare" }, (n) => n % 10 === 0],
    ["actor", { actor: "account_actor1" }, (n) => n % 3 === 1],
    ["account", { accountId: "account_2" }, (n) => n % 4 === 2],
    ["lease", { leaseId: "lease_4" }, (n) => n % 5 === 4],
    ["node", { nodeId: "node_5" }, (n) => n % 6 === 5],
    ["time, the end left out", { from: "2026-05-01T00:00:10Z", to: "2026-05-01T00:00:12Z" }, (n) => n >= 20 && n < 24],
    ["an id in their data", { q: "order_01abc7" }, (n) => n === 7],
    ["a word, whatever the case of its Latin letters", { q: "LATE" }, (n) => n % 7 === 0],
    ["a word of another script", { q: "退款" }, (n) => n % 7 === 0],
    ["words in any order", { q: "sorry was" }, (n) => n % 7 === 0],
    ["part of a path", { q: "/c/x9.json" }, (n) => n === 9],
    ["a word in a list", { q: "Ünïcode-12" }, (n) => n === 12],
    ["all of these together", { q: "late", name: "tests.frequent", leaseId: "lease_2" }, (n) => [7, 42].includes(n)],
  ] as [string, Filter, (n: number) => boolean][]) {
    test(`by ${what}`, async () => assert.deepEqual(await find({ limit: 100, ...filter }), newestFirst(fits)));
  }

  test("not by half a word, nor by what the search could be made of", async () => {
    for (const text of ["lat", "late & fine", "late | fine", "!late fine", "'; drop table events; --", "%%", ":*"]) {
      assert.deepEqual(await find({ q: text }), [], text);
    }
  });

  for (const filter of [{}, { q: "late" }, { name: "tests.frequent" }, { q: "fine", nodeId: "node_1" }] as Filter[]) {
    test(`page by page, each once: ${JSON.stringify(filter)}`, async () => {
      const whole = await find({ limit: 100, ...filter });
      const paged: number[] = [];
      let after: string | undefined;
      do {
        const page = await staff(audit.listEvents, { to: "2026-05-02T00:00:00Z", ...filter, limit: 3, after });
        paged.push(...page.items.map(({ id }) => Number(id.slice(6))));
        after = page.next ?? undefined;
      } while (after !== undefined);
      assert.deepEqual(paged, whole);
    });
  }

  test("by staff only, and with moments that are some", async () => {
    assert.equal(await refusalOf((await control.as("customer"))(audit.listEvents, {})), "403 accounts.not_permitted");
    assert.equal(await refusalOf(staff(audit.listEvents, { from: "yesterday" })), "400 http.invalid");
    assert.equal(await refusalOf(staff(audit.listEvents, { q: "x" })), "400 http.invalid");
  });
});

describe("a word that is in many events", () => {
  test("is found all the same, newest first", async () => {
    await control.database.pool.query(`
      insert into events (id, at, name, actor, data)
      select 'event_many' || lpad(n::text, 6, '0'), timestamptz '2026-04-01T00:00:00Z' + n * interval '1 s', 'tests.many', 'system:test',
        '{"why":"crowded"}' from generate_series(1, 20001) n`);
    const { items } = await staff(audit.listEvents, { q: "crowded", limit: 2 });
    assert.deepEqual(
      items.map(({ id }) => id),
      ["event_many020001", "event_many020000"],
    );
  });
});
