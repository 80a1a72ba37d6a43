import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { accounts, fleet, leases, orders, route, serials } from "@berth/api";
import { dayMs, Refusal } from "@berth/kit";
import pino from "pino";
import { z } from "zod";
import { pageOf } from "../../packages/api/src/route.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { planOf, soldLease } from "../../tests/support/sales.ts";
import { openToAll } from "./admit.ts";
import { toCsvStream } from "./csv.ts";
import { serve } from "./http.ts";
import { createServer } from "./server.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 3; index++) await onlineNode(control.ctx);
});
after(() => control.close());

async function get(path: string, headers: Record<string, string> = {}, token = operator.token) {
  const response = await control.send(`http://test/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** A reader of its own making: rows of fields, by RFC 4180. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
    if (end === "\r\n") rows.push([]);
  }
  assert.deepEqual(rows.pop(), []);
  return rows;
}

const list = route({
  method: "GET",
  path: "/things",
  permission: "self",
  summary: "Things",
  input: z.object({}),
  reply: pageOf(
    z.object({
      name: z.string(),
      size: z.number(),
      price: z.object({ minor: z.string() }).nullable(),
      tags: z.array(z.string()),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  csv: "things",
});

async function written(items: object[]): Promise<string[][]> {
  const stream = await toCsvStream(list, {}, async () => ({ items, next: null }));
  return parse((await stream.toArray()).join(""));
}

const thing = { name: "x", size: 1, price: null, tags: [], data: {} };

describe("a list as CSV", () => {
  test("has a column for each field, also of objects in it", async () => {
    const rows = await written([
      { name: 'a "b", c', size: -1.5, price: { minor: "5" }, tags: ["x", "y"], data: { n: -1 } },
      thing,
    ]);
    assert.deepEqual(rows, [
      ["name", "size", "price.minor", "tags", "data"],
      ['a "b", c', "-1.5", "5", "x y", '{"n":-1}'],
      ["x", "1", "", "", "{}"],
    ]);
  });

  for (const name of [
    "=1+1",
    "+1",
    "-x",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1",
    "a;=1",
    "a\n@x",
    '=cmd|" /C calc"!A0',
  ]) {
    test(`gives no spreadsheet a formula: ${JSON.stringify(name)}`, async () => {
      const [, row] = await written([{ ...thing, name }]);
      for (const cell of row?.[0]?.split(/[;\t\r\n]/) ?? []) assert.doesNotMatch(cell, /^\s*[=+\-@＝＋－＠]/);
      assert.equal(row?.[0]?.replaceAll("'", ""), name);
    });
  }

  test("leaves numbers and dates alone", async () => {
    const [, row] = await written([{ ...thing, name: "-12.5" }]);
    assert.equal(row?.[0], "-12.5");
  });

  test("is read page by page, as fast as its reader takes it", async () => {
    let pages = 0;
    const stream = await toCsvStream(list, {}, async () => {
      pages += 1;
      return { items: Array(1_000).fill(thing), next: pages < 1_000 ? String(pages) : null };
    });
    const reader = stream[Symbol.asyncIterator]();
    for (let chunk = 0; chunk < 10; chunk++) await reader.next();
    assert.ok(pages < 15, `${pages} pages for 10 chunks`);
    stream.destroy();
  });
});

describe("GET with format=csv", () => {
  for (const [path, name] of [
    ["/serials", serials.listSerials.csv],
    ["/leases", leases.listLeases.csv],
    ["/nodes", fleet.listNodes.csv],
    ["/events", "events"],
    ["/orders", orders.listOrders.csv],
    ["/accounts", accounts.listAccounts.csv],
  ] as const) {
    test(`answers ${path} as a file with the rows of the list`, async () => {
      await soldLease(control);
      const { status, headers, bytes } = await get(`${path}?format=csv`);
      assert.equal(status, 200);
      assert.equal(headers.get("content-type"), "text/csv; charset=utf-8");
      assert.match(
        headers.get("content-disposition") ?? "",
        new RegExp(`^attachment; filename="${name}-\\d{4}-\\d\\d-\\d\\d\\.csv"$`),
      );
      assert.notEqual(bytes[0], 0xef, "no mark of byte order");
      const [, ...rows] = parse(bytes.toString());
      const { items } = JSON.parse((await get(`${path}?limit=100`)).bytes.toString());
      assert.deepEqual(
        rows.map(([id]) => id),
        items.map(({ id }: { id: string }) => id),
      );
      const again = await get(path, { accept: "text/csv" });
      // Taking a list away is an event itself.
      if (path !== "/events") assert.deepEqual(again.bytes, bytes);
    });
  }

  test("keeps the filters of the list, and who may see what", async () => {
    const { customer, lease } = await soldLease(control);
    const own = parse((await get("/leases?format=csv", {}, customer.token)).bytes.toString());
    assert.deepEqual(
      own.slice(1).map(([id]) => id),
      [lease.id],
    );
    assert.equal((await get("/nodes?format=csv", {}, customer.token)).status, 403);
    const ended = parse((await get("/leases?format=csv&state=ended")).bytes.toString());
    assert.equal(ended.length, 1);
  });

  test("is for lists that say so, and refuses other formats", async () => {
    assert.equal((await get("/me?format=csv")).status, 400);
    assert.equal((await get("/nodes?format=xml")).status, 400);
    assert.equal((await get("/nodes?format=csv&after=nonsense")).status, 400);
    assert.equal(
      (await get("/me", { accept: "text/csv" })).headers.get("content-type"),
      "application/json; charset=utf-8",
    );
  });
});

test("what the guard does not admit is not even begun, as a file neither", async () => {
  const { ctx } = control;
  const app = await createServer({
    ctx,
    log: pino({ level: "silent" }),
    identify: async () => ctx.actor,
    requireProof: async () => {},
    admission: { ...openToAll, admit: () => Promise.reject(new Refusal("exhausted", "test.full", "come again")) },
  });
  let read = 0;
  serve(app, fleet.listNodes, async () => {
    read += 1;
    return { items: [], next: null, previous: null };
  });
  for (const url of ["/api/v1/nodes", "/api/v1/nodes?format=csv"]) {
    assert.equal((await app.inject({ url })).statusCode, 429, url);
  }
  assert.equal(read, 0);
  await app.close();
});

test("a reader who stands still is broken off, and one who reads on is not", async () => {
  const read = async () => ({ items: [thing], next: "more" });
  const still = await toCsvStream(list, {}, read, 20);
  still.read();
  const [error] = (await once(still, "error")) as [Error];
  assert.match(error.message, /not read/);
  const going = await toCsvStream(list, {}, read, 5_000);
  let rows = 0;
  for await (const _ of going) if (++rows === 500) break;
  assert.equal(rows, 500);
});

describe("100,000 rows", () => {
  const batchIds: string[] = [];

  before(async () => {
    const { id: planId } = await planOf(operator);
    const redeemBy = new Date(control.ctx.now().getTime() + dayMs).toISOString();
    for (let index = 0; index < 10; index++) {
      const { batch } = await operator(serials.createBatch, { planId, name: `Batch ${index}`, count: 1, redeemBy });
      batchIds.push(batch.id);
    }
    await control.database.pool.query(
      `insert into serials (id, batch_id, hash, prefix, state)
       select 'serial_' || lpad(n::text, 26, '0'), ($1::text[])[1 + n % 10], sha256(n::text::bytea), 'ABCDE', 'unused'
       from generate_series(1, 100000) n`,
      [batchIds],
    );
    await control.database.pool.query("analyze serials");
  });

  test("are all written, each once, while others are made; no code is among them", async () => {
    const { id: planId } = await planOf(operator);
    const redeemBy = new Date(control.ctx.now().getTime() + dayMs).toISOString();
    let isOver = false;
    const making = (async () => {
      let made = 0;
      for (; !isOver; made++)
        await operator(serials.createBatch, { planId, name: `Meanwhile ${made}`, count: 20, redeemBy });
      return made;
    })();
    const { bytes } = await get("/serials?format=csv");
    isOver = true;
    assert.ok((await making) > 0);
    const [head, ...rows] = parse(bytes.toString());
    assert.equal(head?.join(), "id,batchId,planId,prefix,state,createdAt,redeemBy,redeemedBy,redeemedAt,leaseId");
    const ids = rows.map(([id]) => id as string);
    assert.equal(new Set(ids).size, ids.length, "one came twice");
    assert.equal(ids.filter((id) => id.startsWith("serial_00000000000000000000")).length, 100_000);
  });
});
