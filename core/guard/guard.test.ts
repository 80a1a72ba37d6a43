import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accounts, audit, guard } from "@berth/api";
import { dayMs, hourMs, minuteMs } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { createApp } from "../../apps/control/src/control.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { TrustedProxies } from "../platform/client-address.ts";
import { listen } from "../platform/notify.ts";
import { sumSignals } from "./ban-store.ts";
import { Guard, guardChannel, guardSweep } from "./index.ts";
import { findPatterns } from "./pattern.ts";

let control: TestControl;
let app: FastifyInstance;
/** Another replica, behind a proxy that the operator named. */
let proxied: FastifyInstance;
const proxy = "10.9.9.9";

const appWith = (proxies: string[]) =>
  createApp(control.ctx, {
    log: pino({ level: "silent" }),
    linkUrl: "https://127.0.0.1:8443",
    publicUrl: "http://test",
    proxies: new TrustedProxies(proxies),
  });

before(async () => {
  control = await testControl();
  app = await appWith([]);
  proxied = await appWith([proxy]);
  await Promise.all([app.ready(), proxied.ready()]);
});
after(async () => {
  await Promise.all([app.close(), proxied.close()]);
  await control.close();
});

interface From {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly body?: object;
  readonly over?: FastifyInstance;
}

/** One request from an address: status and code. */
async function ask(remoteAddress: string, { url = "/api/v1/no-such", headers, body, over = app }: From = {}) {
  const method = body ? "POST" : "GET";
  const reply = await over.inject({ method, url, remoteAddress, headers, payload: body });
  return `${reply.statusCode} ${reply.json().code ?? ""}`.trim();
}

/** Asks for so many paths that there are not, as a scanner does. */
async function scan(remoteAddress: string, paths = 55, from: From = {}): Promise<string[]> {
  const answers: string[] = [];
  for (let path = 0; path < paths; path++) {
    answers.push(await ask(remoteAddress, { ...from, url: `/api/v1/nothing/${path}` }));
  }
  return answers;
}

const unknown = "404 http.no_such_route";
const banned = "403 guard.banned";

test("who is on the deny list is not served, and who is on the allow list as well is", async () => {
  const root = await control.as("super_admin");
  const denied = await root(guard.addAddress, { kind: "deny", network: "203.0.113.0/24", note: "an open relay" });
  assert.equal(denied.network, "203.0.113.0/24");
  app.guard.lookAgain();
  assert.equal(await ask("203.0.113.9"), "403 guard.denied");
  assert.equal(await ask("::ffff:203.0.113.9"), "403 guard.denied", "as a dual socket says it");
  assert.equal(await ask("203.0.114.9"), unknown);
  const person = await control.as("customer", "203.0.113.9");
  assert.equal(await refusalOf(person(accounts.getMe, {})), "403 guard.denied", "whoever it is");

  await root(guard.addAddress, { kind: "allow", network: "203.0.113.9", note: "but this one" });
  app.guard.lookAgain();
  assert.equal(await ask("203.0.113.9"), unknown);
  assert.equal(await ask("203.0.113.8"), "403 guard.denied");
  await root(guard.removeAddress, { listedId: denied.id });
  app.guard.lookAgain();
  assert.equal(await ask("203.0.113.8"), unknown);
  const names = (await root(audit.listEvents, {})).items.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => name.startsWith("guard.")),
    ["guard.unlisted", "guard.listed", "guard.listed"],
  );
});

test("an entry is over at its time, is on a list once, and is no place of one's own", async () => {
  const root = await control.as("super_admin", "198.51.100.1");
  const expiresAt = new Date(control.ctx.now().getTime() + hourMs).toISOString();
  const entry = { kind: "deny", network: "2001:db8:bad::/48", note: "a test", expiresAt } as const;
  await root(guard.addAddress, entry);
  assert.equal(await refusalOf(root(guard.addAddress, entry)), "409 guard.listed_already");
  app.guard.lookAgain();
  assert.equal(await ask("2001:db8:bad:1::1"), "403 guard.denied");
  control.advance(hourMs + 1);
  app.guard.lookAgain();
  assert.equal(await ask("2001:db8:bad:1::1"), unknown);
  const own = { kind: "deny", network: "198.51.100.0/24", note: "oops" } as const;
  assert.equal(await refusalOf(root(guard.addAddress, own)), "409 guard.own_address");
  const wrong = { kind: "deny", network: "everybody", note: "oops" } as const;
  assert.equal(await refusalOf(root(guard.addAddress, wrong)), "400 guard.no_network");
});

test("only super admins write the lists; admins see them and lift bans", async () => {
  const [admin, customer] = [await control.as("admin"), await control.as("customer")];
  const entry = { kind: "allow", network: "192.0.2.1", note: "me" } as const;
  assert.equal(await refusalOf(admin(guard.addAddress, entry)), "403 accounts.not_permitted");
  assert.equal(await refusalOf(customer(guard.listBans, {})), "403 accounts.not_permitted");
  assert.ok((await admin(guard.listAddresses, {})).items.length > 0);
});

test("a scanner is banned on all replicas, for longer each time, and comes free by itself", async () => {
  const answers = await scan("192.0.2.10");
  assert.equal(answers.indexOf(banned), 50, "2 points for each path, up to 100");
  proxied.guard.lookAgain();
  const passedOn = { "x-forwarded-for": "192.0.2.10" };
  assert.equal(await ask(proxy, { over: proxied, headers: passedOn }), banned);
  assert.equal(await ask("192.0.2.11"), unknown, "nobody next to it");
  for (const minutes of [10, 40, 160]) {
    control.advance(minutes * minuteMs - 30_000);
    app.guard.lookAgain();
    assert.equal(await ask("192.0.2.10"), banned, `still, just before ${minutes} minutes`);
    control.advance(31_000);
    assert.equal(await ask("192.0.2.10"), unknown, `over after ${minutes} minutes`);
    assert.ok((await scan("192.0.2.10")).includes(banned));
  }
});

test("a ban tells until when, and staff lift it", async () => {
  await scan("192.0.2.20");
  const reply = await app.inject({ url: "/api/v1/me", remoteAddress: "192.0.2.20" });
  assert.equal(reply.headers["retry-after"], String(reply.json().retryAfterSeconds));
  assert.ok(Date.parse(reply.json().until) > control.ctx.now().getTime());
  const admin = await control.as("admin");
  const ban = (await admin(guard.listBans, {})).items.find(({ place }) => place === "192.0.2.20");
  assert.deepEqual(ban?.reasons, ["unknown_route"]);
  await admin(guard.liftBan, { banId: ban?.id ?? "ban_" });
  app.guard.lookAgain();
  assert.equal(await ask("192.0.2.20"), unknown);
  assert.equal(await refusalOf(admin(guard.liftBan, { banId: ban?.id ?? "ban_" })), "404 guard.no_such_ban");
});

test("an IPv6 address is banned with its /64, and no other", async () => {
  await scan("2001:db8:1:2::1");
  assert.equal(await ask("2001:db8:1:2:ffff::9"), banned);
  assert.equal(await ask("2001:db8:1:3::1"), unknown);
});

test("the machine itself, named proxies and listed addresses are never banned", async () => {
  const root = await control.as("super_admin");
  await root(guard.addAddress, { kind: "allow", network: "192.0.2.30", note: "a monitor" });
  app.guard.lookAgain();
  for (const [address, over] of [
    ["127.0.0.1", app],
    ["::1", app],
    ["192.0.2.30", app],
    [proxy, proxied],
  ] as const) {
    const answers = await scan(address, 60, { over });
    assert.deepEqual(new Set(answers), new Set([unknown]), address);
  }
  assert.ok((await scan(proxy, 60)).includes(banned), "where nobody named it, it is an address as any other");
});

test("a forged X-Forwarded-For bans nobody but who forges it", async () => {
  const victim = { "x-forwarded-for": "192.0.2.40" };
  assert.ok((await scan("192.0.2.41", 55, { headers: victim })).includes(banned));
  assert.equal(await ask("192.0.2.40"), unknown, "the victim is served");
  // The control: the same from a proxy that the operator named does ban whom it names.
  assert.ok((await scan(proxy, 55, { headers: { "x-forwarded-for": "192.0.2.42" }, over: proxied })).includes(banned));
  app.guard.lookAgain();
  assert.equal(await ask("192.0.2.42"), banned);
});

test("one account's failures ban nobody who shares its address; those at many accounts do", async () => {
  const wrong = (email: string) => ({ url: "/api/v1/sessions", body: { email, password: "not the password at all" } });
  for (let attempt = 0; attempt < 15; attempt++) {
    assert.equal(await ask("192.0.2.50", wrong("one@example.com")), "401 accounts.wrong_credentials");
  }
  assert.equal((await sumSignals(control.ctx, "192.0.2.50")).points, 10, "it was noted, once");
  assert.equal(await ask("192.0.2.50"), unknown, "a neighbour is served");
  for (let attempt = 0; attempt < 10; attempt++) await ask("192.0.2.51", wrong(`many${attempt}@example.com`));
  assert.equal(await ask("192.0.2.51"), banned);
});

test("what another site makes a browser send does not ban whoever sits before it", async () => {
  const answers = await scan("192.0.2.60", 60, { headers: { "sec-fetch-site": "cross-site" } });
  assert.deepEqual(new Set(answers), new Set([unknown]));
  assert.ok((await scan("192.0.2.60", 60, { headers: { "sec-fetch-site": "none" } })).includes(banned));
});

test("input that looks like an attack is scored, and answered as any other", async () => {
  const urls = ["?q=1' or 1=1--", "?q=%2e%2e%2f%2e%2e%2fetc/passwd", "?q=%253Cscript%253E", "?q=%24{jndi:ldap://x}"];
  for (const url of urls) assert.equal(await ask("192.0.2.70", { url: `/api/v1/no-such${url}` }), unknown);
  const sum = await sumSignals(control.ctx, "192.0.2.70");
  assert.deepEqual(sum.kinds.sort(), ["attack_pattern", "unknown_route"]);
  assert.equal(sum.signals, urls.length + 1);
  // A password may look like anything.
  const body = { email: "quoted@example.com", password: "' or 1=1; drop table users--" };
  assert.equal(await ask("192.0.2.71", { url: "/api/v1/sessions", body }), "401 accounts.wrong_credentials");
  assert.deepEqual((await sumSignals(control.ctx, "192.0.2.71")).kinds, ["wrong_password"]);
});

test("a signal that can't be scored fails nobody, and is told to who reads the log", async () => {
  const told: string[] = [];
  const log = { ...control.ctx.log, error: (_fields: object, message: string) => void told.push(message) };
  const broken = new Guard({ ...control.ctx, db: {} as never, log: log as never }, { proxies: new TrustedProxies([]) });
  await broken.note("wrong_token", "a token", { address: "192.0.2.95", isPassedOn: false });
  assert.deepEqual(told, ["attack signal not scored"]);
});

test("of what is sent so much is looked at for attacks, however much it is", () => {
  let looked = 0;
  const member = {
    get text() {
      looked++;
      return 1;
    },
  };
  const found = findPatterns("/x", [{ text: "<script" }, Array<object>(100_000).fill(member)]);
  assert.deepEqual(found, ["script"]);
  assert.ok(looked > 0 && looked < 1_000, String(looked));
});

test("replicas hear at once of lists and bans that change", async () => {
  const root = await control.as("super_admin");
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  const connected = Promise.withResolvers<void>();
  const listener = listen(control.database.url, control.ctx.log, {
    channels: {
      [guardChannel]: (message) => {
        heard.push(message);
        waiting.shift()?.();
      },
    },
    onConnect: () => connected.resolve(),
  });
  const next = () => new Promise<void>((resolve) => waiting.push(resolve));
  await connected.promise;
  const listed = next();
  const { id } = await root(guard.addAddress, { kind: "deny", network: "192.0.2.80", note: "a test" });
  await listed;
  const unlisted = next();
  await root(guard.removeAddress, { listedId: id });
  await unlisted;
  const bannedNow = next();
  await scan("192.0.2.81");
  await bannedNow;
  assert.deepEqual(heard, ["lists", "lists", "bans"]);
  await listener.close();
});

test("what counts for nothing any more is swept, and nothing else", async () => {
  await scan("192.0.2.90");
  await scan("192.0.2.91", 5);
  const counts = async () => {
    const tables = ["bans", "attack_signals", "rate_windows", "rate_shares", "known_places"] as const;
    const many = tables.map((table) => control.ctx.db.selectFrom(table).selectAll().execute());
    return (await Promise.all(many)).map(({ length }) => length);
  };
  const before = await counts();
  await guardSweep.run(control.ctx);
  const [bans, signals] = await counts();
  assert.deepEqual([bans, (signals ?? 0) > 0], [before[0], true]);
  control.advance(31 * dayMs);
  await guardSweep.run(control.ctx);
  assert.deepEqual(await counts(), [0, 0, 0, 0, 0]);
});
