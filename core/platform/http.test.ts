import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as api from "@berth/api";
import fc from "fast-check";
import { appOver } from "../../tests/support/app.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { openDatabase } from "./database.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly type?: string;
}

/** A request by hand, signed in as an operator. */
async function send(path: string, { method = "GET", body, type = "application/json" }: Sent = {}) {
  const headers = {
    authorization: `Bearer ${operator.token}`,
    ...(body === undefined ? {} : { "content-type": type }),
  };
  const response = await control.send(`http://test${path}`, { method, body, headers });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text };
}

function assertProblem(
  reply: { status: number; type: string | null; text: string },
  status: number,
  code: string,
): void {
  assert.equal(reply.status, status, reply.text);
  assert.match(reply.type ?? "", /^application\/problem\+json/);
  const problem = JSON.parse(reply.text);
  assert.deepEqual([problem.status, problem.code], [status, code]);
  assert.match(problem.traceId, /^[0-9a-f-]{36}$/);
  assert.equal(typeof problem.detail, "string");
}

const id = (prefix: string) => `${prefix}_${"0".repeat(26)}`;

describe("a request that is wrong", () => {
  for (const [what, path, sent] of [
    ["has an unknown field in its body", "/api/v1/join-tokens", { body: '{"nmae":"x"}' }],
    ["has an unknown field in its query", "/api/v1/nodes?limt=1", {}],
    ["has fields in the query that belong into the body", "/api/v1/join-tokens?name=x", { body: "{}" }],
    ["has a wrong type", "/api/v1/plans", { body: '{"name":1}' }],
    ["has a list for a body", "/api/v1/join-tokens", { body: "[]" }],
    ["has no body", "/api/v1/join-tokens", { method: "POST" }],
    ["has a limit that is none", "/api/v1/nodes?limit=x", {}],
    ["has a limit that is too high", "/api/v1/nodes?limit=101", {}],
    ["has an id of another kind", `/api/v1/nodes/${id("lease")}`, {}],
    ["has a moment that is none", "/api/v1/usage?from=today&to=tomorrow", {}],
  ] as const) {
    test(`is refused and told so when it ${what}`, async () => {
      const method = "body" in sent ? "POST" : "GET";
      const reply = await send(path, { method, ...sent });
      assertProblem(reply, 400, "http.invalid");
      assert.ok(JSON.parse(reply.text).issues.length > 0);
    });
  }

  for (const [what, path, sent, status, code] of [
    ["that is not JSON", "/api/v1/plans", { body: "{" }, 400, "http.bad_json"],
    ["that reaches for prototypes", "/api/v1/plans", { body: '{"__proto__":{"x":1}}' }, 400, "http.bad_json"],
    ["of a foreign type", "/api/v1/plans", { body: "<x/>", type: "text/xml" }, 415, "http.wrong_type"],
    ["of two megabytes", "/api/v1/plans", { body: `"${"x".repeat(2 ** 21)}"` }, 413, "http.too_large"],
  ] as const) {
    test(`is refused for a body ${what}`, async () => {
      assertProblem(await send(path, { method: "POST", ...sent }), status, code);
    });
  }

  test("gets a problem for an address that does not exist or is none", async () => {
    assertProblem(await send("/api/v1/nothing"), 404, "http.no_such_route");
    assertProblem(await send("/nothing.txt"), 404, "http.no_such_route");
    assertProblem(await send("/api/v1/plans", { method: "PUT", body: "{}" }), 405, "http.wrong_method");
    assertProblem(await send("/api/v1/leases/%zz"), 400, "http.bad_request");
    assertProblem(await send(`/api/v1/leases/${"x".repeat(3_000)}`), 414, "http.bad_request");
  });

  test("gets no more than a problem for a cursor that is none", async () => {
    const texts = [
      "",
      "x",
      "\0",
      "1 ",
      "NaN x",
      "1e300 x",
      "-8640000000000000 x",
      "8640000000000000 x",
      "1 \0",
      " x",
      "1 x y",
    ];
    for (const text of texts) {
      const after = Buffer.from(text).toString("base64url");
      for (const path of ["plans", "nodes", "leases", "orders", "serials", "serial-batches", "events", "accounts"]) {
        const { status, text: said } = await send(`/api/v1/${path}?after=${after}`);
        assert.ok(status === 200 || status === 400, `${path} ${JSON.stringify(text)}: ${said}`);
      }
    }
  });
});

/** Everything an attacker's keyboard has. */
const nonsense = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "\0",
    "\ud800",
    "'; drop table nodes; --",
    "%00",
    "null",
    "1e999",
    "-1",
    "9".repeat(30),
    "0000-01-01T00:00:00Z",
  ),
);
const value = fc.oneof(
  nonsense,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(nonsense, { maxLength: 3 }),
);

const routes = Object.values(api)
  .filter((group) => typeof group === "object" && group !== null && !Array.isArray(group))
  .flatMap((group) => Object.values(group as Record<string, unknown>))
  .filter(
    (found): found is api.Route =>
      typeof found === "object" && found !== null && "permission" in found && "path" in found,
  )
  // It works without any input, and everything after it would only be told to sign in.
  .filter((route) => route !== api.accounts.signOut);

describe("nonsense", () => {
  test("never breaks anything: every route answers it with a refusal or a reply", async () => {
    assert.ok(routes.length > 30, `${routes.length} routes`);
    const answers = new Map<number, number>();
    const request = fc.record({
      route: fc.constantFrom(...routes),
      names: fc.array(fc.nat(20), { maxLength: 6 }),
      values: fc.array(value, { minLength: 8, maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ route, names, values }) => {
        const fields = Object.keys(route.input.shape);
        const filled = fields.map((field, index) => [
          field,
          names.includes(index) ? values[index % 8] : plausible(field),
        ]);
        const input: Record<string, unknown> = Object.fromEntries(filled.filter(([, given]) => given !== undefined));
        const path = route.path.replace(/:([A-Za-z]+)/g, (_, name) =>
          encodeURIComponent(wellFormed(String(input[name]))),
        );
        for (const name of api.pathNames(route.path)) delete input[name];
        const query = new URLSearchParams(Object.entries(input).map(([name, given]) => [name, String(given)]));
        const reply =
          route.method === "POST"
            ? await send(`/api/v1${path}`, { method: "POST", body: JSON.stringify(input) })
            : await send(`/api/v1${path}?${query}`, { method: route.method });
        answers.set(reply.status, (answers.get(reply.status) ?? 0) + 1);
        assert.ok(reply.status < 500, `${route.method} ${path} ${JSON.stringify(input)}: ${reply.text}`);
        if (reply.status >= 400) assert.match(reply.type ?? "", /problem\+json/);
      }),
      { numRuns: 600 },
    );
    assert.ok((answers.get(200) ?? 0) > 50, JSON.stringify([...answers]));
    assert.ok((answers.get(401) ?? 0) < 100, JSON.stringify([...answers]));
  });
});

const wellFormed = (text: string) => text.toWellFormed();

/** A value that a field may take, so that nonsense in another one gets past the first look. */
function plausible(field: string): unknown {
  const known: Record<string, unknown> = {
    name: "Name",
    reason: "reason",
    kind: "derp",
    durationDays: 3,
    price: { minor: "1", currency: "EUR" },
    from: "2026-01-01T00:00:00Z",
    to: "2026-01-02T00:00:00Z",
    redeemBy: "2100-01-01T00:00:00Z",
    count: 1,
    key: `nodekey:${"0".repeat(64)}`,
    code: "x",
    email: "a@example.com",
    password: "a long enough password",
    username: "someone",
    link: "x",
  };
  if (field in known) return known[field];
  return field.endsWith("Id") && field !== "sessionId" ? id(field.slice(0, -2)) : undefined;
}

describe("what is documented", () => {
  test("is all there is", async () => {
    const { status, text } = await send("/api/openapi.json");
    assert.equal(status, 200);
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, { operationId?: string }>> };
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const ids = operations.flatMap(({ operationId }) => operationId ?? []);
    assert.equal(new Set(ids).size, ids.length);
    for (const { path } of routes) assert.ok(paths[`/api/v1${path.replace(/:([A-Za-z]+)/g, "{$1}")}`], path);
  });
});

describe("without a database", () => {
  test("requests are answered with 503 and when to come again", async () => {
    const away = openDatabase("postgres://berth@127.0.0.1:1/berth");
    const ctx = { ...control.ctx, db: away.db };
    const app = await appOver(ctx);
    const headers = { authorization: "Bearer some-token" };
    const reply = await app.inject({ url: "/api/v1/nodes", headers });
    assert.equal(reply.headers["retry-after"], "2");
    assertProblem(
      { status: reply.statusCode, type: String(reply.headers["content-type"]), text: reply.body },
      503,
      "database.away",
    );
    await app.close();
    await away.close();
  });

  test("a request that loses it half way is answered with 503, and the next one works", async () => {
    await control.database.pool.query(
      "create or replace function slow() returns trigger language plpgsql as 'begin perform pg_sleep(20); return new; end'",
    );
    await control.database.pool.query(
      "create trigger slow before insert on join_tokens for each row execute function slow()",
    );
    const reply = send("/api/v1/join-tokens", { method: "POST", body: "{}" });
    const kill =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    const isAnswered = reply.then(() => true);
    for (let isOver = false; !isOver; ) {
      const { rowCount } = await control.database.pool.query(kill);
      isOver = rowCount === 1 || (await Promise.race([isAnswered, false]));
    }
    assertProblem(await reply, 503, "database.away");
    await control.database.pool.query("drop trigger slow on join_tokens");
    assert.equal((await send("/api/v1/join-tokens", { method: "POST", body: "{}" })).status, 200);
  });
});
