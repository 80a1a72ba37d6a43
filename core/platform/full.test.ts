import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, catalogue, keys, leases } from "@berth/api";
import pg from "pg";
import { appOver } from "../../tests/support/app.ts";
import type { Person, TestControl } from "../../tests/support/control.ts";
import { FullDisk } from "../../tests/support/full-disk.ts";
import { memberPassword, newMember } from "../../tests/support/members.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";
import { planOf } from "../../tests/support/sales.ts";
import { limits } from "../guard/limit.ts";
import { Limiter } from "../guard/limiter.ts";
import { lackOf, openDatabase } from "./database.ts";
import { toProblem } from "./problems.ts";

let disk: FullDisk;
let control: TestControl;
let operator: Person;
let email: string;
let secret: string;

before(async () => {
  disk = await FullDisk.start();
  control = disk.control;
  operator = await control.as("super_admin");
  email = (await newMember(control)).email;
  ({ secret } = await operator(keys.createKey, { name: "Key", scopes: ["leases.read"], days: 30 }));
  const fill = (columns: string, values: string) => (turn: string, count: number, chars: number) =>
    `insert into ${columns} select ${values
      .replaceAll("TURN", `0_${turn}_`)
      .replaceAll("FILLING", `repeat('x', ${chars})`)} from generate_series(1, ${count}) n`;
  await disk.fill({
    plans: fill(
      "plans (id, name, kind, options, duration_days, reset, on_sale, created_at)",
      `'plan_TURN' || n, 'TURN' || n, 'derp', jsonb_build_object('x', FILLING), 1, 'never', false, now()`,
    ),
    sessions: fill(
      "sessions (id, account_id, token_hash, expires_at, created_at, updated_at)",
      `'session_TURN' || n, '${operator.accountId}', 'TURN' || n || FILLING, now(), now(), now()`,
    ),
    api_keys: fill(
      "api_keys (id, account_id, name, secret_hash, scopes, created_at, expires_at)",
      `'key_TURN' || n, '${operator.accountId}', FILLING, '', '{}', now(), now() + interval '1 day'`,
    ),
    rate_shares: fill(
      "rate_shares (replica, seq, at, keys, counts)",
      "'TURN' || n, n, '-infinity', array[FILLING], array[1]",
    ),
    attack_signals: fill(
      "attack_signals (place, kind, subject, points, at)",
      "'TURN' || n, FILLING, 'TURN' || n, 1, '-infinity'",
    ),
  });
});
after(() => disk.close());

const full = "503 database.full";

describe("when a table can't grow", () => {
  test("what would have to is refused with when to come again, and has no effect", async () => {
    const before = (await operator(catalogue.listPlans, {})).items.length;
    const { status, code, retryAfterSeconds } = await problemOf(planOf(operator));
    assert.deepEqual([status, code, retryAfterSeconds], [503, "database.full", 30]);
    assert.equal((await operator(catalogue.listPlans, {})).items.length, before);
    const signIn = control.anonymous(accounts.signIn, { email, password: memberPassword });
    assert.equal(await refusalOf(signIn), full);
  });

  test("everybody reads on, programs too", async () => {
    assert.equal((await operator(accounts.getMe, {})).id, operator.accountId);
    assert.deepEqual((await control.withToken(secret)(leases.listLeases, {})).items, []);
  });

  test("who is near a limit is served, although replicas can't tell each other", async () => {
    const limiter = new Limiter();
    const { most } = limits.public.address;
    for (let index = 0; index < most; index++) {
      assert.equal((await limiter.takeForPlace(control.ctx, "public", "192.0.2.1")).isAdmitted, true);
    }
    await limiter.share(control.ctx);
    assert.equal((await limiter.takeForPlace(control.ctx, "public", "192.0.2.1")).isAdmitted, false);
  });

  test("what looks like an attack has its usual answer", async () => {
    const reply = await control.sendFrom("192.0.2.2")("http://test/api/v1/nothing");
    assert.equal(reply.status, 404);
  });

  test("and all of it works again as soon as there is room", async () => {
    await disk.free();
    assert.equal((await planOf(operator)).kind, "derp");
    assert.ok("token" in (await control.anonymous(accounts.signIn, { email, password: memberPassword })));
  });
});

test("a database that lets nobody in is busy, not broken", async (t) => {
  await disk.query("create role crowded login password 'crowded' connection limit 0");
  const database = openDatabase(control.database.url.replace(/\/\/[^@]*@/, "//crowded:crowded@"));
  const app = await appOver({ ...control.ctx, db: database.db });
  t.after(async () => {
    await app.close();
    await database.close();
  });
  const reply = await app.inject({ url: "/api/v1/plans", headers: { authorization: `Bearer ${operator.token}` } });
  assert.equal(`${reply.statusCode} ${reply.json().code}`, "503 database.busy");
  assert.equal(reply.headers["retry-after"], "5");
});

test("each way to lack something is told from bugs by its SQLSTATE", () => {
  const failed = (code: string, routine = "") => Object.assign(new pg.DatabaseError("", 0, "error"), { code, routine });
  const answers: [string, string, string?][] = [
    ["53100", full],
    ["58030", full],
    ["XX000", full, "mdextend"],
    ["XX000", full, "mdzeroextend"],
    ["53000", "503 database.busy"],
    ["53200", "503 database.busy"],
    ["53300", "503 database.busy"],
    ["53400", "503 database.busy"],
    ["57014", "503 database.busy"],
    ["57P01", "503 database.away"],
    ["57P02", "503 database.away"],
    ["57P03", "503 database.away"],
    ["08006", "503 database.away"],
    ["XX000", "500 internal", "heap_insert"],
    ["42P01", "500 internal"],
  ];
  for (const [state, expected, routine] of answers) {
    const { status, code, retryAfterSeconds } = toProblem(failed(state, routine) as never);
    assert.equal(`${status} ${code}`, expected, state);
    assert.equal(typeof retryAfterSeconds, status === 503 ? "number" : "undefined", state);
  }
  assert.equal(lackOf(new Error("disk full")), undefined);
});
