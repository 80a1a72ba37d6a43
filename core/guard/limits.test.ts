import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { minuteMs, secondMs } from "@berth/kit";
import { type TestDatabase, testDatabase } from "../../tests/support/database.ts";
import { placeOf } from "../platform/client-address.ts";
import type { Context } from "../platform/context.ts";
import { isDatabaseAway, openDatabase } from "../platform/database.ts";
import { createKeys } from "../platform/keys.ts";
import { createLog } from "../platform/logger.ts";
import { type Limit, limits, rateHeaders, toDecision } from "./limit.ts";
import { Limiter } from "./limiter.ts";

import { Windows } from "./window.ts";

let database: TestDatabase;
let clock = Date.UTC(2026, 5, 1);
let ctx: Context;

before(async () => {
  database = await testDatabase();
  ctx = {
    db: database.db,
    now: () => new Date(clock),
    actor: { kind: "system", task: "test" },
    log: createLog("silent", "test"),
    offerings: new Map(),
    keys: createKeys(Buffer.alloc(32, 3)),
  };
});
after(() => database.close());

/** Every admitted request, and nothing else: what each limit is held against. */
class Oracle {
  readonly #limit: Limit;
  #times: number[] = [];
  admitted = 0;

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  take(now: number): boolean {
    this.#times = this.#times.filter((at) => at > now - this.#limit.windowMs);
    if (this.#times.length >= this.#limit.most) return false;
    this.#times.push(now);
    this.admitted++;
    return true;
  }
}

/** Random numbers from a seed, so that a failure comes again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How long after the last request the next one comes: steady, in bursts, at the very edges of windows, each millisecond. */
const manners: ((random: () => number, limit: Limit) => number)[] = [
  (random, { most, windowMs }) => Math.floor((random() * 2 * windowMs) / most),
  (random, { windowMs }) => (random() < 0.02 ? Math.floor(windowMs * random()) : 0),
  (random, { windowMs }) => (random() < 0.05 ? windowMs - 1 + Math.floor(random() * 3) : 0),
  () => 1,
];

function arrivals(random: () => number, limit: Limit): number[] {
  const times: number[] = [];
  let at = 1_000_000;
  for (let part = 0; part < 30; part++) {
    const manner = manners[Math.floor(random() * manners.length)] as (typeof manners)[number];
    const many = random() * limit.most * 2;
    for (let index = 0; index < many; index++) {
      at += manner(random, limit);
      times.push(at);
    }
  }
  return times;
}

test("counted in memory, a limit decides as an exact log does, whatever comes", () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = randomFrom(seed);
    const limit = { name: "t", most: 1 + Math.floor(random() * 60), windowMs: 60_000 };
    const [windows, oracle] = [new Windows(), new Oracle(limit)];
    for (const now of arrivals(random, limit)) {
      assert.equal(windows.take(limit, "somebody", now).isAdmitted, oracle.take(now), `seed ${seed} at ${now}`);
    }
  }
});

test("counted exactly, a limit decides as an exact log does, over two replicas", async () => {
  const limiters = [new Limiter(), new Limiter()];
  const oracle = new Oracle(limits["sign-in"].address);
  const random = randomFrom(7);
  for (let index = 0; index < 600; index++) {
    clock += random() < 0.01 ? 10 * minuteMs - 1 + Math.floor(random() * 3) : Math.floor(random() * 8_000);
    const limiter = limiters[Math.floor(random() * 2)] as Limiter;
    const { isAdmitted } = await limiter.takeForPlace(ctx, "sign-in", "192.0.2.1");
    assert.equal(isAdmitted, oracle.take(clock), `request ${index}`);
  }
});

test("counted exactly, nobody is let in too many under any race, over any number of replicas", async () => {
  const replicas = Array.from({ length: 4 }, () => new Limiter());
  for (const round of [1, 2, 3]) {
    const asked = Array.from({ length: 240 }, (_, index) => {
      // Clocks of replicas differ by some milliseconds.
      const skewed = { ...ctx, now: () => new Date(clock + (index % 4) * 15) };
      return replicas[index % 4]?.takeForPlace(skewed, "redeem", "192.0.2.2");
    });
    const admitted = (await Promise.all(asked)).filter((decision) => decision?.isAdmitted).length;
    assert.equal(admitted, limits.redeem.address.most, `round ${round}`);
    const refused = await Promise.all(replicas.map((one) => one.takeForPlace(ctx, "redeem", "192.0.2.2")));
    assert.ok(refused.every(({ isAdmitted, waitMs }) => !isAdmitted && waitMs > 0));
    clock += limits.redeem.address.windowMs + 100;
  }
});

/** Two replicas under a load that falls on either: what they admit, and what an exact log would. */
async function load(perSecond: number): Promise<{ admitted: number; exact: number }> {
  const replicas = [new Limiter(), new Limiter()] as const;
  const oracle = new Oracle(limits.public.address);
  const random = randomFrom(perSecond);
  let admitted = 0;
  for (let index = 0; index < perSecond * 90; index++) {
    const limiter = replicas[random() < 0.5 ? 0 : 1];
    if ((await limiter.takeForPlace(ctx, "public", `192.0.3.${perSecond}`)).isAdmitted) admitted++;
    oracle.take(clock);
    clock += secondMs / perSecond;
    if (index % (perSecond / 2) === 0) await Promise.all(replicas.map((one) => one.share(ctx)));
  }
  return { admitted, exact: oracle.admitted };
}

for (const perSecond of [12, 200]) {
  test(`ordinary limits of two replicas count together, within a hundredth, at ${perSecond} requests a second`, async () => {
    const { admitted, exact } = await load(perSecond);
    assert.ok(Math.abs(admitted - exact) <= exact / 100, `${admitted} for ${exact}`);
  });
}

test("a replica that begins counts what others admitted before", async () => {
  const [first, second] = [new Limiter(), new Limiter()];
  for (let index = 0; index < limits.public.address.most; index++) await first.takeForPlace(ctx, "public", "192.0.2.3");
  await first.share(ctx);
  await second.share(ctx);
  assert.equal((await second.takeForPlace(ctx, "public", "192.0.2.3")).isAdmitted, false);
  assert.equal((await new Limiter().takeForPlace(ctx, "public", "192.0.2.3")).isAdmitted, true, "the control: unheard");
});

test("strangers who use up an account's tries take none from where its owner is known", async () => {
  const limiter = new Limiter();
  const [owner, stranger] = ["owner@example.com 192.0.2.4", "owner@example.com 192.0.2.5"].map((text) => {
    const [subject = "", place = ""] = text.split(" ");
    return { subject, place };
  }) as [{ subject: string; place: string }, { subject: string; place: string }];
  await limiter.welcome(ctx, owner);
  const { most } = limits["sign-in"].subject;
  for (let index = 0; index < most; index++) await limiter.takeForSubject(ctx, "sign-in", stranger);
  assert.equal((await limiter.takeForSubject(ctx, "sign-in", stranger)).isAdmitted, false);
  assert.equal((await limiter.takeForSubject(ctx, "sign-in", { ...stranger, place: "192.0.2.6" })).isAdmitted, false);
  assert.equal((await limiter.takeForSubject(ctx, "sign-in", owner)).isAdmitted, true);
});

test("without the database exact limits refuse, and ordinary ones go on", async () => {
  const gone = openDatabase("postgres://nobody@127.0.0.1:1/none");
  const away = { ...ctx, db: gone.db };
  const limiter = new Limiter();
  await assert.rejects(limiter.takeForPlace(away, "sign-in", "192.0.2.7"), (error) => isDatabaseAway(error));
  const { most } = limits.public.address;
  for (let index = 0; index < most; index++) {
    assert.equal((await limiter.takeForPlace(away, "public", "192.0.2.7")).isAdmitted, true);
  }
  assert.equal((await limiter.takeForPlace(away, "public", "192.0.2.7")).isAdmitted, false);
  await limiter.share(away);
  // What could not be told is told once it can be.
  const other = new Limiter();
  await limiter.share(ctx);
  await other.share(ctx);
  assert.equal((await other.takeForPlace(ctx, "public", "192.0.2.7")).isAdmitted, false);
  await gone.close();
});

test("headers name each limit, what is left of it, and when there is more", () => {
  const limit = { name: "public-address", most: 5, windowMs: minuteMs };
  const admitted = toDecision(limit, [1_000, 2_000], 11_000, true);
  const refused = toDecision(
    limit,
    [1, 2, 3, 4, 5].map((at) => at * secondMs),
    11_000,
    false,
  );
  assert.deepEqual(rateHeaders([admitted, refused]), {
    "ratelimit-policy": '"public-address";q=5;w=60, "public-address";q=5;w=60',
    ratelimit: '"public-address";r=2;t=50, "public-address";r=0;t=50',
  });
});

test("an IPv6 address counts with its /64", () => {
  for (const [address, place] of [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::", "fe80:0:0:0::/64"],
  ] as const) {
    assert.equal(placeOf(address), place);
  }
});
