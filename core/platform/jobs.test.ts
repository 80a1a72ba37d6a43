import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { jobs } from "../../apps/control/src/control.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";
import { startJobs } from "./jobs.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

test("what is told to end while it still begins ends", { timeout: 20_000 }, async () => {
  const { ctx, database } = control;
  // At each step of the beginning.
  for (let steps = 0; steps < 40; steps += 5) {
    const running = startJobs(ctx, database.pool, jobs(undefined));
    for (let step = 0; step < steps; step++) await new Promise(setImmediate);
    await running.close();
  }
  assert.equal((await database.pool.query("select 1")).rowCount, 1);
});
