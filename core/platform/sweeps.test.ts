import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Refusal } from "@berth/kit";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { forEach, type Sweep, startSweeps } from "./sweeps.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

test("a sweep runs on one replica at a time, again after it failed, and not after it was closed", async () => {
  let [running, most, runs] = [0, 0, 0];
  const enough = Promise.withResolvers<void>();
  const sweep: Sweep = {
    name: "tests.sweep",
    everyMs: 1,
    async run(ctx) {
      assert.deepEqual(ctx.actor, { kind: "system", task: "tests.sweep" });
      most = Math.max(most, ++running);
      await ctx.db.selectFrom("settings").select("name").execute();
      running -= 1;
      runs += 1;
      if (runs > 20) enough.resolve();
      if (runs % 3 === 0) throw new Error("failed");
    },
  };
  const replicas = [1, 2, 3].map(() => startSweeps(control.ctx, [sweep]));
  await enough.promise;
  await Promise.all(replicas.map((replica) => replica.close()));
  const before = runs;
  assert.equal(most, 1);
  assert.equal(running, 0);
  await control.ctx.db.selectFrom("settings").select("name").execute();
  assert.equal(runs, before);
});

test("one that fails holds up no other, but a database that is away ends the round", async () => {
  const done: string[] = [];
  await forEach(control.ctx, ["a", "b", "c", "d"], async (id) => {
    if (id === "b") throw new Error("broken");
    if (id === "c") throw new Refusal("conflict", "tests.late", "too late");
    done.push(id);
  });
  assert.deepEqual(done, ["a", "d"]);
  const away = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const round = forEach(control.ctx, ["a", "b"], async (id) => {
    done.push(id);
    throw away;
  });
  await assert.rejects(round, away);
  assert.deepEqual(done, ["a", "d", "a"]);
});
