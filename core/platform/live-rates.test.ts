import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "./context.ts";
import { LiveRates } from "./live-rates.ts";
import type { RateFollower, Total } from "./live-topic.ts";

const ctx = { log: { debug() {} } } as unknown as Context;

function world() {
  const asked: string[][] = [];
  let totals: Total[] = [];
  const told: object[] = [];
  let followed: string[] = ["a"];
  const follower: RateFollower = {
    followedRates: () => followed,
    deliverRates: (rates) => void told.push(...rates),
  };
  const read = async (_: Context, ids: readonly string[]) => {
    asked.push([...ids]);
    return totals;
  };
  const rates = new LiveRates(ctx, read, () => [follower]);
  return {
    rates,
    asked,
    told,
    follow: (...ids: string[]) => {
      followed = ids;
      rates.changed();
    },
    total: (id: string, total: bigint) => {
      totals = [{ id, accountId: "account_1", total }];
    },
  };
}

test("a rate is what a total grew by since it was last looked at; one that shrank began anew", async (t) => {
  const { rates, told, total } = world();
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  for (const [at, value] of [
    [0, 1_000n],
    [2_000, 5_000n],
    [6_000, 5_000n],
    [8_000, 0n],
    [10_000, 300n],
  ] as const) {
    nowMs = at;
    total("a", value);
    await rates.look();
  }
  assert.deepEqual(
    told.map((rate) => (rate as { bytesPerSecond: number }).bytesPerSecond),
    [2_000, 0, 0, 150],
  );
});

test("nobody is asked for what nobody follows", async () => {
  const { rates, asked, follow, total } = world();
  total("a", 1n);
  follow("a");
  await rates.look();
  assert.ok(asked.length > 0);
  follow();
  asked.length = 0;
  await rates.look();
  assert.deepEqual(asked, []);
  rates.stop();
});

test("what can't be read is read at the next turn", async () => {
  const told: unknown[] = [];
  let isAway = true;
  const read = async (): Promise<Total[]> => {
    if (isAway) throw new Error("away");
    return [{ id: "a", accountId: null, total: 1n }];
  };
  const follower = {
    followedRates: () => ["a"],
    deliverRates: (rates: readonly unknown[]) => void told.push(...rates),
  };
  const rates = new LiveRates(ctx, read, () => [follower]);
  await rates.look();
  isAway = false;
  await rates.look();
  await rates.look();
  assert.equal(told.length, 1);
});
