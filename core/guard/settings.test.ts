import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { settings as api, audit, guard } from "@berth/api";
import { minuteMs, sleep } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import { appOver } from "../../tests/support/app.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { listen } from "../platform/notify.ts";
import { settingsChannel } from "../settings/index.ts";
import { Fresh } from "./fresh.ts";
import { limits } from "./limit.ts";
import { Limiter } from "./limiter.ts";
import { guardSettings, readLimits } from "./settings.ts";

let control: TestControl;
let operator: Person;
/** Another replica, which nobody tells anything. */
let replica: FastifyInstance;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  replica = await appOver(control.ctx);
  await replica.ready();
});
after(async () => {
  await replica.close();
  await control.close();
});

const name = "guard.limit_public";
const figures = (most: number, seconds: number) => ({ address: { most, seconds }, account: { most, seconds } });

async function ask(remoteAddress: string, headers: Record<string, string> = {}) {
  const reply = await replica.inject({ url: "/api/v1/no-such", remoteAddress, headers });
  return { status: reply.statusCode, policy: String(reply.headers["ratelimit-policy"] ?? "") };
}

/** Asks until it is answered so; every replica looks by itself. */
async function until(policy: string, address: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 50) {
    if ((await ask(address)).policy === policy) return;
    await sleep(50);
  }
  assert.fail(`it never had the policy ${policy}`);
}

test("a limit that is set counts on a replica that nobody told, and goes back; who set it stands in the audit", async () => {
  assert.equal((await ask("192.0.2.1")).policy, '"public-address";q=600;w=60');
  await operator(api.changeSetting, { name, value: figures(70, 60) });
  await until('"public-address";q=70;w=60', "192.0.2.2");
  const answers = await Promise.all(Array.from({ length: 80 }, () => ask("192.0.2.3")));
  assert.equal(answers.filter(({ status }) => status === 429).length, 10);
  const [event] = (await operator(audit.listEvents, { name: "settings.changed" })).items;
  assert.equal(event?.actor, operator.accountId);
  assert.equal(event?.data.after, JSON.stringify(figures(70, 60)));
  await operator(api.resetSetting, { name });
  await until('"public-address";q=600;w=60', "192.0.2.4");
  assert.equal((await ask("192.0.2.3")).status, 404, "there is room for more at once");
});

test("however low a limit is, the machine itself and who is listed have none", async () => {
  await operator(guard.addAddress, { kind: "allow", network: "192.0.2.10", note: "an office" });
  await operator(api.changeSetting, { name, value: figures(60, 60) });
  await until('"public-address";q=60;w=60', "192.0.2.11");
  for (const [address, refused] of [
    ["127.0.0.1", 0],
    ["192.0.2.10", 0],
    ["192.0.2.12", 10],
  ] as const) {
    const answers = await Promise.all(Array.from({ length: 70 }, () => ask(address)));
    assert.equal(answers.filter(({ status }) => status === 429).length, refused, address);
  }
  await operator(api.resetSetting, { name });
});

test("nothing can be set that locks its operator out, or that limits nothing", async () => {
  const refused = [
    ["guard.limit_ordinary", figures(59, 60)],
    ["guard.limit_ordinary", figures(0, 60)],
    ["guard.limit_public", figures(60, 601)],
    ["guard.limit_sign_in", figures(1, 3_600)],
    ["guard.limit_sign_in", figures(1_000, 60)],
    ["guard.limit_sign_in", { address: { most: 20, seconds: 600 } }],
    ["guard.limit_sign_in", { ...figures(20, 600), more: 1 }],
    ["guard.limit_link", figures(1, 60)],
  ] as const;
  for (const [name, value] of refused) {
    const attempt = refusalOf(operator(api.changeSetting, { name, value }));
    assert.equal(await attempt, "400 settings.invalid", `${name} ${JSON.stringify(value)}`);
  }
  const admin = await control.as("admin");
  const attempt = refusalOf(admin(api.changeSetting, { name, value: figures(70, 60) }));
  assert.equal(await attempt, "403 accounts.not_permitted");
});

test("every kind can be set, and is by default what is usual", async () => {
  assert.deepEqual(await readLimits(control.ctx), limits);
  assert.equal(guardSettings.length, Object.keys(limits).length);
  const shown = (await operator(api.listSettings, {})).items.map((item) => item.name);
  for (const { name } of guardSettings) assert.ok(shown.includes(name), name);
});

test("replicas hear of a changed setting when it is committed", async () => {
  const [heard, connected] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
  const listener = listen(control.database.url, control.ctx.log, {
    channels: { [settingsChannel]: heard.resolve },
    onConnect: connected.resolve,
  });
  await connected.promise;
  await operator(api.changeSetting, { name, value: figures(80, 60) });
  assert.equal(await heard.promise, name);
  await operator(api.resetSetting, { name });
  await listener.close();
});

test("under another window what was admitted counts as long as the new one says, exact or not", async () => {
  const limiter = new Limiter();
  let clock = Date.now();
  const ctx = { ...control.ctx, now: () => new Date(clock) };
  const take = async (kind: "sign-in" | "public") => (await limiter.takeForPlace(ctx, kind, "192.0.2.20")).isAdmitted;
  const withWindow = (windowMs: number) => {
    const both = (["sign-in", "public"] as const).map((kind) => {
      const limit = { name: `${kind}-address`, most: 2, windowMs };
      return [kind, { ...limits[kind], address: limit }];
    });
    limiter.set({ ...limits, ...Object.fromEntries(both) });
  };
  for (const kind of ["sign-in", "public"] as const) {
    withWindow(10 * minuteMs);
    assert.deepEqual([await take(kind), await take(kind), await take(kind)], [true, true, false], kind);
    clock += 2 * minuteMs;
    withWindow(minuteMs);
    assert.deepEqual([await take(kind), await take(kind), await take(kind)], [true, true, false], kind);
    clock += minuteMs;
    assert.equal(await take(kind), true, `${kind}: what was counted before a shorter window does not count for longer`);
    clock += 20 * minuteMs;
  }
});

test("a database that hangs holds nobody up for long, once something is known", async () => {
  let hangs = false;
  let readings = 0;
  const fresh = new Fresh(async () => {
    readings++;
    if (hangs) await new Promise(() => undefined);
  });
  await fresh.look();
  await fresh.look();
  assert.equal(readings, 1);
  fresh.forget();
  await Promise.all([fresh.look(), fresh.look()]);
  assert.equal(readings, 2, "one reads for all that ask at once");
  hangs = true;
  fresh.forget();
  await Promise.all([fresh.look(), fresh.look()]);
  assert.equal(readings, 3);
});
