import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { settings as api, audit, orders } from "@berth/api";
import { dayMs } from "@berth/kit";
import { z } from "zod";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";
import { beginSession } from "../accounts/index.ts";
import { changeSetting, listSettings, resetSetting } from "./change.ts";
import { readSetting, setting } from "./index.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
});
after(() => control.close());

const lock = "serials.redeem_lock";
const itemOf = async (name: string) => (await operator(api.listSettings, {})).items.find((item) => item.name === name);

test("a setting has its default until it is set, and goes back to it", async () => {
  assert.deepEqual((await itemOf("fleet.offline_after_seconds"))?.value, 40);
  const changed = await operator(api.changeSetting, { name: "fleet.offline_after_seconds", value: 90 });
  assert.deepEqual([changed.value, changed.isSet, changed.default], [90, true, 40]);
  assert.equal((await itemOf("fleet.offline_after_seconds"))?.value, 90);
  const reset = await operator(api.resetSetting, { name: "fleet.offline_after_seconds" });
  assert.deepEqual([reset.value, reset.isSet], [40, false]);
  await operator(api.resetSetting, { name: "fleet.offline_after_seconds" });
});

test("what does not fit is refused with all its errors, and what is unknown is not there", async () => {
  const bad = { tries: 0, windowMinutes: "10", lockMinutes: 15, more: 1 };
  const { code, issues } = await problemOf(operator(api.changeSetting, { name: lock, value: bad }));
  assert.equal(code, "settings.invalid");
  assert.deepEqual((issues as { at: string }[]).map(({ at }) => at).sort(), ["/", "/tries", "/windowMinutes"]);
  for (const value of [null, "90", 14, 3_601, 40.5, [40]]) {
    const refused = operator(api.changeSetting, { name: "fleet.offline_after_seconds", value });
    assert.equal(await refusalOf(refused), "400 settings.invalid", JSON.stringify(value));
  }
  assert.equal((await itemOf(lock))?.isSet, false);
  for (const name of ["nothing", "settings.master_key_check", "__proto__"])
    assert.equal(await refusalOf(operator(api.changeSetting, { name, value: 1 })), "404 settings.no_such_setting");
});

test("only a super admin changes settings, and only staff sees them", async () => {
  const admin = await control.as("admin");
  assert.ok((await admin(api.listSettings, {})).items.length >= 2);
  for (const person of [admin, await control.as("distributor"), await control.as("customer")]) {
    const refused = person(api.changeSetting, { name: lock, value: { tries: 1, windowMinutes: 1, lockMinutes: 1 } });
    assert.equal(await refusalOf(refused), "403 accounts.not_permitted");
  }
  assert.equal(await refusalOf((await control.as("customer"))(api.listSettings, {})), "403 accounts.not_permitted");
  assert.equal(await refusalOf(control.anonymous(api.listSettings, {})), "401 accounts.sign_in");
});

test("who changed what from what to what is in the audit", async () => {
  await operator(api.changeSetting, { name: "fleet.offline_after_seconds", value: 60 });
  await operator(api.changeSetting, { name: "fleet.offline_after_seconds", value: 50 });
  const [event] = (await operator(audit.listEvents, { name: "settings.changed" })).items;
  assert.equal(event?.actor, operator.accountId);
  assert.deepEqual(event?.data, { name: "fleet.offline_after_seconds", isSet: true, before: "60", after: "50" });
  await operator(api.resetSetting, { name: "fleet.offline_after_seconds" });
});

test("changes that come at the same time are told as a sequence without gaps", async () => {
  const values = Array.from({ length: 8 }, (_, n) => 100 + n);
  await Promise.all(values.map((value) => operator(api.changeSetting, { name: "fleet.offline_after_seconds", value })));
  const events = (await operator(audit.listEvents, { name: "settings.changed", limit: 8 })).items;
  const data = events.map(({ data }) => data as { before: string; after: string });
  assert.equal(new Set(data.map(({ after }) => after)).size, 8);
  assert.equal(new Set(data.map(({ before }) => before)).size, 8, "nobody saw a value that was already replaced");
  await operator(api.resetSetting, { name: "fleet.offline_after_seconds" });
});

test("a change counts at once: wrong codes lock after as many tries as are set", async () => {
  await onlineNode(control.ctx);
  await operator(api.changeSetting, { name: lock, value: { tries: 2, windowMinutes: 10, lockMinutes: 5 } });
  const customer = await control.as("customer", "198.51.100.77");
  const wrong = () => refusalOf(customer(orders.redeemSerial, { code: "0000-0000-0000-0000-0000-0000-0000" }));
  const answers = [await wrong(), await wrong(), await wrong()];
  assert.equal(answers[2], "429 serials.locked");
  assert.notEqual(answers[1], answers[2]);
  control.advance(6 * 60_000);
  assert.notEqual(await wrong(), "429 serials.locked", "locked for five minutes, as set");
  await operator(api.resetSetting, { name: lock });
});

test("a session that begins after a change lasts as long as is set, its cookie too", async () => {
  const customer = await control.as("customer");
  const cookies: string[] = [];
  const exchange = {
    address: "198.51.100.78",
    userAgent: undefined,
    headers: {},
    setCookie: (cookie: string) => void cookies.push(cookie),
  };
  const daysOf = async () => {
    const { expiresAt } = await beginSession(control.ctx, customer.accountId, { ways: ["password"], exchange });
    return (new Date(expiresAt).getTime() - control.ctx.now().getTime()) / dayMs;
  };
  assert.ok(Math.abs((await daysOf()) - 30) < 0.01);
  await operator(api.changeSetting, { name: "accounts.session_days", value: 2 });
  assert.ok(Math.abs((await daysOf()) - 2) < 0.01);
  assert.match(String(cookies[1]), /Max-Age=172(800|799);/);
  await operator(api.resetSetting, { name: "accounts.session_days" });
});

test("a secret is sealed in its row, never shown, and not told to the audit", async () => {
  const declared = [
    setting({ name: "tests.secret", schema: z.string(), default: "", description: "A secret", isSecret: true }),
  ];
  await changeSetting(control.ctx, declared, "tests.secret", "very secret");
  assert.equal(await readSetting(control.ctx, declared[0] as (typeof declared)[0]), "very secret");
  const shown = JSON.stringify(await listSettings(control.ctx, declared));
  const events = await control.ctx.db.selectFrom("events").selectAll().where("name", "=", "settings.changed").execute();
  const rows = await control.ctx.db.selectFrom("settings").selectAll().where("name", "=", "tests.secret").execute();
  for (const text of [shown, JSON.stringify(events), JSON.stringify(rows), String(rows[0]?.sealed)])
    assert.ok(!text.includes("very secret"), text);
  await resetSetting(control.ctx, declared, "tests.secret");
  assert.equal(await readSetting(control.ctx, declared[0] as (typeof declared)[0]), "");
});

test("a stored value that no longer fits gives way to the default, and a default that does not fit to an error", async () => {
  const declare = (schema: z.ZodType<number>) =>
    setting({ name: "tests.number", schema, default: 3, description: "A number" });
  await changeSetting(control.ctx, [declare(z.number())], "tests.number", 100);
  assert.equal(await readSetting(control.ctx, declare(z.number().max(10))), 3);
  assert.throws(() => declare(z.number().max(2)));
});
