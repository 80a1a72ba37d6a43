import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApiError, accounts, orders } from "@berth/api";
import { Refusal } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { Turns } from "./turns.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

test("so many work at once, so many wait in order, and more are turned away", async () => {
  const turns = new Turns({ atOnce: 2, mostWaiting: 3 });
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const works = gates.map(({ promise }, index) =>
    turns.inTurn(async () => {
      begun.push(index);
      await promise;
      if (index === 1) throw new Error("failed");
    }),
  );
  const ended = Promise.allSettled(works);
  const busy = (error: unknown) => error instanceof Refusal && error.code === "guard.busy";
  await assert.rejects(
    turns.inTurn(async () => {}),
    busy,
  );
  assert.deepEqual(begun, [0, 1]);
  // One that fails hands its turn on as well.
  gates[1]?.resolve();
  await works[1]?.catch(() => {});
  assert.deepEqual(begun, [0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await ended;
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
  assert.equal(await turns.inTurn(async () => "free again"), "free again");
});

test("300 redemptions that wait for a lock leave connections to everybody else", async (t) => {
  const [guesser, other] = [await control.as("customer"), await control.as("customer")];
  const holder = await control.database.pool.connect();
  t.after(() => holder.release(true));
  await holder.query("select pg_advisory_lock(hashtext($1))", [`redeem:account:${guesser.accountId}`]);
  const redeeming = Array.from({ length: 300 }, () =>
    guesser(orders.redeemSerial, { code: "WRONG-WRONG-WRONG-WRONG" }).then(
      () => "redeemed",
      (error: unknown) => (error instanceof ApiError ? error.problem.code : String(error)),
    ),
  );
  const turnedAway = await Promise.race(redeeming);
  assert.equal(turnedAway, "guard.busy");
  for (let asked = 0; asked < 20; asked++) {
    assert.equal((await other(accounts.getMe, {})).id, other.accountId);
  }
  await holder.query("select pg_advisory_unlock_all()");
  const answers = Map.groupBy(await Promise.all(redeeming), (code) => code);
  assert.equal(answers.get("guard.busy")?.length, 300 - 6 - 250);
  assert.equal(answers.get("serials.not_redeemable")?.length, 5, "their own lock counts as before");
  assert.equal(answers.get("serials.locked")?.length, 251);
});
