import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { mostCounted } from "@berth/api";
import type { CompiledQuery } from "kysely";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { fill } from "../support/fill.ts";
import { type ListingSite, listingSite } from "../support/listing-site.ts";
import { builtIn, lists, waysOf } from "../support/lists.ts";

const rows = 20_000;
/** About the square root of rows times page: where few rows match they are fetched, where many do they are soon met. */
const mostSorted = 1_500;
const mostTouched = 3_000;
const big = new Set([
  "accounts",
  "leases",
  "serials",
  "orders",
  "events",
  "instances",
  "event_seals",
  "configuration_log",
]);

let control: TestControl;
let site: ListingSite;
let staff: Person;
const at = new Date("2026-06-01T00:00:00Z");

before(async () => {
  control = await testControl();
  await fill(control.database.pool, control.ctx.keys, { rows, at, perBatch: 100 });
  site = await listingSite(control);
  staff = await control.as("super_admin");
});
after(async () => {
  await site?.close();
  await control.close();
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

async function planOf({ sql, parameters }: CompiledQuery): Promise<PlanNode> {
  const { rows } = await control.database.pool.query(`explain (analyze, timing off, format json) ${sql}`, [
    ...parameters,
  ]);
  return rows[0]["QUERY PLAN"][0].Plan;
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Rows that were looked at, whether they fitted or not. */
const touchedBy = (node: PlanNode) =>
  (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];

function problemsOf(plan: PlanNode): string[] {
  return nodesOf(plan).flatMap((node) => {
    const { "Node Type": type, "Relation Name": table = "", Plans: inputs = [] } = node;
    if (type === "Seq Scan" && big.has(table)) return [`reads all of ${table}`];
    const sorted = inputs.reduce((sum, input) => sum + touchedBy(input), 0);
    if (/Sort$/.test(type) && sorted > mostSorted) return [`sorts ${sorted} rows`];
    // What a bitmap's index finds is no row yet.
    if (/Scan$/.test(type) && type !== "Bitmap Index Scan" && touchedBy(node) > mostTouched) {
      return [`${type} ${table} looks at ${touchedBy(node)} rows`];
    }
    return [];
  });
}

/** Queries that find or show rows of lists; what is counted for a page's rows is bounded by what they have. */
const isOfList = ({ sql }: CompiledQuery) =>
  /^\s*select/i.test(sql) && [...big].some((table) => sql.includes(table)) && !/sessions|count\(/.test(sql);

async function problemsAt(path: string, query: Record<string, string>): Promise<string[]> {
  site.takeQueries();
  await site.read(path, query, staff.token);
  const asked = site.takeQueries().filter(isOfList);
  const plans = await Promise.all(asked.map(planOf));
  return plans.flatMap(problemsOf).map((problem) => `${path}?${new URLSearchParams(query)} ${problem}`);
}

describe("no page is found by going through everything", () => {
  for (const route of lists) {
    // The last page of a sort is the same walk as the first one of its opposite, which is another sort here.
    test(`of ${route.path}`, async () => {
      const problems: string[] = [];
      for (const { filter, sort } of waysOf(route, at)) {
        problems.push(...(await problemsAt(route.path, { ...filter, sort })));
      }
      assert.deepEqual(problems, []);
    });
  }

  test("of the views that consoles have built in", async () => {
    for (const { path, query } of builtIn(at)) assert.deepEqual(await problemsAt(path, query), []);
  });
});

test("what is in one state is counted no further than 10,000, and the other states are counted all the same", async () => {
  const { states } = (await site.get("/leases/counts", {}, staff.token)) as { states: Record<string, number> };
  const { rows } = await control.database.pool.query<{ state: string; count: number }>(
    "select state, least(count(*), 10001)::int as count from leases group by state",
  );
  assert.deepEqual(states, Object.fromEntries(rows.map(({ state, count }) => [state, count])));
  assert.equal(states.expired, mostCounted + 1);
});
