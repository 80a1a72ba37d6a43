import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accounts, type LimitKind } from "@berth/api";
import { minuteMs } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { createApp } from "../../apps/control/src/control.ts";
import { appOver } from "../../tests/support/app.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { type Member, memberPassword, newMember } from "../../tests/support/members.ts";
import { openDatabase } from "../platform/database.ts";
import { type KindLimits, limits } from "./limit.ts";

let control: TestControl;
let member: Member;
let replicas: FastifyInstance[];

/** So few that what they bound is soon reached. */
const few: Record<LimitKind, KindLimits> = {
  ...limits,
  "sign-in": {
    isStrict: true,
    address: { name: "sign-in-address", most: 4, windowMs: 10 * minuteMs },
    subject: { name: "sign-in-account", most: 8, windowMs: 15 * minuteMs },
  },
};

const appWith = (given: Record<LimitKind, KindLimits>) =>
  createApp(control.ctx, {
    log: pino({ level: "silent" }),
    linkUrl: "https://127.0.0.1:8443",
    publicUrl: "http://test",
    limits: given,
  });

before(async () => {
  control = await testControl();
  member = await newMember(control);
  replicas = [await appWith(few), await appWith(few)];
  await Promise.all(replicas.map((app) => app.ready()));
});
after(async () => {
  await Promise.all(replicas.map((app) => app.close()));
  await control.close();
});

interface Try {
  readonly email: string;
  readonly password?: string;
  readonly address: string;
  readonly over?: FastifyInstance;
  readonly headers?: Record<string, string>;
}

async function trySignIn({ email, password = "Summer2026!!", address, over, headers }: Try) {
  const app = over ?? (replicas[0] as FastifyInstance);
  const payload = { email, password };
  const reply = await app.inject({ method: "POST", url: "/api/v1/sessions", remoteAddress: address, payload, headers });
  return { status: reply.statusCode, code: reply.json().code as string | undefined, headers: reply.headers };
}

/** One password at 10,000 accounts, a hundred at a time, over both replicas; how often each answer came. */
async function spray(addressOf: (index: number) => string, most = 10_000): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  for (let from = 0; from < most; from += 100) {
    const tries = Array.from({ length: 100 }, (_, offset) => {
      const index = from + offset;
      return trySignIn({ email: `target${index}@example.com`, address: addressOf(index), over: replicas[index % 2] });
    });
    for (const { status, code } of await Promise.all(tries)) {
      answers.set(`${status} ${code}`, (answers.get(`${status} ${code}`) ?? 0) + 1);
    }
  }
  return answers;
}

const tried = "401 accounts.wrong_credentials";
const tooMany = "429 guard.too_many";

test("one password at 10,000 accounts from one address is tried as often as an address may", async () => {
  const answers = await spray(() => "198.51.100.1");
  assert.deepEqual(Object.fromEntries(answers), { [tried]: 4, [tooMany]: 9_996 });
  const { status } = await trySignIn({ email: member.email, password: memberPassword, address: "198.51.100.2" });
  assert.equal(status, 200, "somebody signs in from elsewhere");
});

test("from the addresses of one /64 it is tried no more often, and from others each as often as one may", async () => {
  const inOne = await spray((index) => `2001:db8:5:5::${index.toString(16)}`, 300);
  assert.equal(inOne.get(tooMany), 300 - 4);
  const fromTwenty = await spray((index) => `203.0.113.${index % 20}`, 300);
  assert.equal(fromTwenty.get(tooMany), 300 - 20 * 4);
});

test("one account from many addresses is tried as often as an account may, and its owner still comes in", async () => {
  const home = "198.51.100.30";
  const { email } = member;
  assert.equal((await trySignIn({ email, password: memberPassword, address: home })).status, 200);
  const tries = Array.from({ length: 60 }, (_, index) => {
    return trySignIn({ email, address: `192.0.2.${index}`, over: replicas[index % 2] });
  });
  const answers = (await Promise.all(tries)).map(({ status }) => status);
  // The owner signed in once from a place that was not known then.
  assert.ok(answers.filter((status) => status === 401).length <= 8);
  assert.ok(answers.filter((status) => status === 429).length >= 52);
  assert.equal((await trySignIn({ email, password: memberPassword, address: home })).status, 200);
});

test("the usual limits bound it as well", async () => {
  const app = await appOver(control.ctx);
  await app.ready();
  // One account, so that nothing is banned: what bounds it is the account's limit alone.
  const tries = Array.from({ length: 40 }, () =>
    trySignIn({ email: "usual@example.com", address: "192.0.2.200", over: app }),
  );
  const answers = (await Promise.all(tries)).map(({ status }) => status);
  assert.equal(answers.filter((status) => status === 401).length, limits["sign-in"].subject.most);
  await app.close();
});

test("a refusal says which limit, and when to come again; what is served says what is left", async () => {
  const address = "198.51.100.40";
  const first = await trySignIn({ email: "a@example.com", address });
  assert.equal(first.headers["ratelimit-policy"], '"sign-in-address";q=4;w=600, "sign-in-account";q=8;w=900');
  assert.equal(first.headers.ratelimit, '"sign-in-address";r=3;t=600, "sign-in-account";r=7;t=900');
  for (let index = 0; index < 3; index++) await trySignIn({ email: `b${index}@example.com`, address });
  const refused = await trySignIn({ email: "c@example.com", address });
  assert.equal(`${refused.status} ${refused.code}`, tooMany);
  const wait = Number(refused.headers["retry-after"]);
  assert.ok(wait > 590 && wait <= 600, String(wait));
  control.advance(wait * 1_000);
  assert.equal((await trySignIn({ email: "c@example.com", address })).status, 401);
});

test("the machine itself has no limits, unless what it sends was passed on", async () => {
  const local = Array.from({ length: 6 }, () => trySignIn({ email: "local@example.com", address: "127.0.0.1" }));
  for (const { status, headers } of await Promise.all(local)) {
    assert.equal(status, 401);
    assert.equal(headers.ratelimit, undefined);
  }
  for (const headers of [{ "x-forwarded-for": "192.0.2.77" }, { host: "berth.example" }] as Record<string, string>[]) {
    const passed = Array.from({ length: 6 }, () =>
      trySignIn({ email: "l@example.com", address: "127.0.0.1", headers }),
    );
    const answers = (await Promise.all(passed)).map(({ status }) => status);
    assert.deepEqual(answers.sort(), [401, 401, 401, 401, 429, 429], JSON.stringify(headers));
    control.advance(10 * minuteMs + 1);
  }
});

test("without the database signing in is refused, and what needs none is answered", async () => {
  const away = openDatabase("postgres://berth@127.0.0.1:1/berth");
  const app = await appOver({ ...control.ctx, db: away.db });
  await app.ready();
  const { status, code } = await trySignIn({ email: "a@example.com", address: "192.0.2.90", over: app });
  assert.equal(`${status} ${code}`, "503 database.away");
  for (const [url, expected] of [["/api/openapi.json", 200] as const, ["/api/v1/no-such", 404] as const]) {
    const reply = await app.inject({ url, remoteAddress: "192.0.2.90" });
    assert.equal(reply.statusCode, expected, url);
    assert.match(String(reply.headers.ratelimit), /^"public-address";r=\d+;t=\d+$/);
  }
  await app.close();
  await away.close();
});

test("signing in is limited before it costs anything: who is signed in already is served meanwhile", async () => {
  const sprayed = spray(() => "198.51.100.60", 500);
  const me = await member.call(accounts.getMe, {});
  assert.equal(me.email, member.email);
  assert.equal((await sprayed).get(tooMany), 496);
});
