import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, leases, orders, type Route } from "@berth/api";
import { newId } from "@berth/kit";
import fc from "fast-check";
import { hashToken } from "../../core/accounts/session.ts";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { busy, fill, idOf } from "../support/fill.ts";
import { expected, type Oracle, oracles, rowsOf } from "../support/list-oracle.ts";
import { type ListingSite, type ListPage, listingSite } from "../support/listing-site.ts";
import { filtersOf, lists, samplesOf, sortsOf, type Way } from "../support/lists.ts";
import { refusalOf } from "../support/refusal.ts";

/** For the property; a slow machine walks fewer, in the same order. */
const boundMs = 10_000;
const at = new Date("2026-06-01T00:00:00Z");
const rows = 400;

let control: TestControl;
let site: ListingSite;
let staff: Person;
let made = rows;

before(async () => {
  control = await testControl();
  await fill(control.database.pool, control.ctx.keys, { rows, at, perNode: 5, perBatch: 10 });
  site = await listingSite(control);
  staff = await control.as("super_admin");
});
after(async () => {
  await site?.close();
  await control.close();
});

/** A few more rows of everything, somewhere in the year. */
async function insertSome(): Promise<void> {
  const moment = new Date(at.getTime() - ((made * 7919) % 365) * 86_400_000);
  await fill(control.database.pool, control.ctx.keys, { rows: 5, from: made, at: moment, perNode: 5, perBatch: 10 });
  made += 5;
}

interface Walk extends Omit<Way, "route"> {
  readonly path: string;
  readonly limit: number;
  readonly isBackward: boolean;
  /** After which pages rows are added. */
  readonly inserts: readonly boolean[];
}

/** Ids in the order of the list, in whichever direction they were read. */
async function walk({ path, filter, sort, limit, isBackward, inserts }: Walk, token: string): Promise<string[]> {
  const query = { ...filter, sort, limit: String(limit) };
  const pages: string[][] = [];
  let where: Record<string, string> | undefined = isBackward ? { before: "end" } : {};
  while (where) {
    const page: ListPage = await site.read(path, { ...query, ...where }, token);
    if (inserts[pages.length]) await insertSome();
    pages.push(page.items.map(({ id }) => id));
    where = beyond(page, isBackward);
  }
  return (isBackward ? pages.reverse() : pages).flat();
}

function beyond({ next, previous }: ListPage, isBackward: boolean): Record<string, string> | undefined {
  if (isBackward) return previous === null ? undefined : { before: previous };
  return next === null ? undefined : { after: next };
}

const oracleOf = (path: string) => oracles[path] as Oracle;

const known = lists.filter(({ path }) => path in oracles);

/** A list with up to three of its filters at once. */
const walks = fc.constantFrom(...known).chain((route) =>
  fc.record({
    path: fc.constant(route.path),
    sort: fc.constantFrom(...sortsOf(route)),
    limit: fc.constantFrom(9, 25, 100),
    isBackward: fc.boolean(),
    inserts: fc.array(fc.boolean(), { maxLength: 3 }),
    filter: fc
      .uniqueArray(fc.constantFrom(...filtersOf(route)), { maxLength: 3 })
      .chain((names) =>
        fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(...samplesOf(route, name, at))]))),
      ),
  }),
);

describe("a list that is walked from end to end", () => {
  test("holds every row that was there once, whatever is added meanwhile, by any filters and sort, forward or back", async () => {
    const old = new Map<string, Awaited<ReturnType<typeof rowsOf>>>();
    for (const { path } of known) old.set(path, await rowsOf(oracleOf(path), control.database.pool));
    const walked = new Set<string>();
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(walks, async (asked) => {
        const { path, filter, sort } = asked;
        const ids = await walk(asked, staff.token);
        assert.equal(new Set(ids).size, ids.length, "a row came twice");
        const before = old.get(path) ?? [];
        const were = new Set(before.map(({ id }) => id));
        const wanted = expected(oracleOf(path), before, filter, sort);
        assert.deepEqual(
          ids.filter((id) => were.has(id)),
          wanted,
        );
        walked.add(path);
        longest = Math.max(longest, ids.length);
      }),
      { seed: 2026, numRuns: 150, interruptAfterTimeLimit: boundMs, markInterruptAsFailure: false },
    );
    assert.ok(walked.size >= 4 && longest > 200, `${[...walked]} were walked, at most ${longest} rows`);
  });
});

describe("of everybody's rows", () => {
  let token: string;

  before(async () => {
    const now = control.ctx.now();
    token = newId("token", now);
    const expires_at = new Date(now.getTime() + 86_400_000);
    const session = { id: newId("session", now), account_id: busy, token_hash: hashToken(control.ctx, token) };
    await control.ctx.db
      .insertInto("sessions")
      .values({ ...session, expires_at, created_at: now, updated_at: now })
      .execute();
  });

  const other = idOf("account", 40);
  const filters: Record<string, string>[] = [{}, { accountId: other }, { q: "a" }, { q: other }];
  for (const route of [leases.listLeases, orders.listOrders] as Route[]) {
    const { path } = route;
    test(`a customer sees their own alone, whatever they look for: ${path}`, async () => {
      const all = await rowsOf(oracleOf(path), control.database.pool);
      const own = all.filter(({ account_id }) => account_id === busy);
      assert.ok(own.length >= 4);
      for (const sort of sortsOf(route)) {
        for (const filter of filters) {
          const read = { path, filter, sort, limit: 3, inserts: [] };
          const wanted = expected(oracleOf(path), own, filter, sort);
          assert.deepEqual(await walk({ ...read, isBackward: false }, token), wanted, JSON.stringify(filter));
          assert.deepEqual(await walk({ ...read, isBackward: true }, token), wanted, JSON.stringify(filter));
        }
      }
    });
  }

  for (const path of ["/leases", "/orders"]) {
    test(`a customer counts their own alone: ${path}`, async () => {
      const all = await rowsOf(oracleOf(path), control.database.pool);
      const own = Map.groupBy(
        all.filter(({ account_id }) => account_id === busy),
        ({ state }) => state as string,
      );
      const { states } = (await site.get(`${path}/counts`, {}, token)) as { states: Record<string, number> };
      for (const [state, count] of Object.entries(states)) assert.equal(count, own.get(state)?.length ?? 0, state);
      assert.ok(Object.values(states).some((count) => count > 1));
      const others = await site.get(`${path}/counts`, { accountId: other }, token);
      assert.ok(Object.values((others as { states: object }).states).every((count) => count === 0));
    });
  }

  test("staff's cursors lead a customer to their own as well", async () => {
    const query = { sort: "-created", limit: "100" };
    const { next } = await site.read("/leases", query, staff.token);
    const { items } = await site.read("/leases", { ...query, after: next ?? "" }, token);
    const own = await control.ctx.db.selectFrom("leases").select("id").where("account_id", "=", busy).execute();
    const ids = new Set(own.map(({ id }) => id));
    assert.ok(items.length > 0 && items.every(({ id }) => ids.has(id)));
  });
});

describe("a cursor", () => {
  const page = () => staff(leases.listLeases, { limit: 5, sort: "until", state: "active" });

  test("holds for its own list, filter and sort, and is refused plainly elsewhere", async () => {
    const { next } = await page();
    const after = next ?? "";
    const same = { limit: 9, sort: "until", state: "active", after } as const;
    assert.equal((await staff(leases.listLeases, same)).items.length, 9);
    for (const other of [
      { sort: "-until" },
      { sort: "used" },
      { state: "expired" },
      { state: "active,expired" },
      { kind: "derp" },
      { after: `${after.slice(0, -1)}${after.endsWith("A") ? "B" : "A"}` },
      { after: `x${after}` },
      { after: "" },
      { after: undefined, before: `${after}x` },
    ] as const) {
      const call = staff(leases.listLeases, { ...same, ...other });
      assert.equal(await refusalOf(call), "400 http.bad_cursor", JSON.stringify(other));
    }
    assert.equal(await refusalOf(staff(accounts.listAccounts, { after })), "400 http.bad_cursor");
    assert.equal(await refusalOf(staff(leases.listLeases, { ...same, before: "end" })), "400 http.two_cursors");
  });

  test("of the last row leads back to the page that it was on", async () => {
    const first = await page();
    const second = await staff(leases.listLeases, {
      limit: 5,
      sort: "until",
      state: "active",
      after: first.next ?? "",
    });
    const back = await staff(leases.listLeases, {
      limit: 5,
      sort: "until",
      state: "active",
      before: second.previous ?? "",
    });
    assert.deepEqual([back.items, back.previous], [first.items, null]);
    assert.equal(back.next, first.next);
  });

  test("whose rows behind it are gone leads to the end of what is left", async () => {
    const query = { limit: 3, sort: "until", state: "suspended" } as const;
    const { next } = await staff(leases.listLeases, query);
    await control.database.pool.query(
      "update leases set state = 'ended', suspended_for = null where state = 'suspended'",
    );
    const rest = await staff(leases.listLeases, { ...query, after: next ?? "" });
    assert.deepEqual(rest, { items: [], next: null, previous: "end" });
    assert.deepEqual(await staff(leases.listLeases, { ...query, before: "end" }), {
      items: [],
      next: null,
      previous: null,
    });
  });
});
