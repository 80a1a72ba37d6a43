import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "@berth/kit";
import { Failures } from "./attempts.ts";

const clash = new Refusal("conflict", "derp.port_in_use", "taken");

test("what failed waits longer each time, up to a minute", () => {
  const failures = new Failures();
  let last = 0;
  for (const [low, high] of [
    [500, 1_000],
    [1_000, 2_000],
    [2_000, 4_000],
  ] as const) {
    failures.add("a", "v", clash);
    assert.equal(failures.isDue("a", "v"), false);
    last = failures.nextMs()!;
    assert.ok(last > low - 50 && last <= high, `${last}`);
  }
  for (let n = 0; n < 20; n++) failures.add("a", "v", clash);
  assert.ok(failures.nextMs()! <= 60_000);
});

test("what is wanted anew, and what is forgiven, is tried at once", () => {
  const failures = new Failures();
  failures.add("a", "v1", clash);
  assert.equal(failures.isDue("a", "v2"), true);
  assert.equal(failures.reasonOf("a", "v2"), undefined);
  failures.forgive();
  assert.equal(failures.isDue("a", "v1"), true);
  assert.equal(failures.reasonOf("a", "v1"), "port_in_use");
});

test("reasons come from a closed list", () => {
  const failures = new Failures();
  const reason = (error: unknown) => failures.add("a", "v", error).reason;
  assert.equal(reason(clash), "port_in_use");
  assert.equal(reason(new Refusal("invalid", "x.bad_spec", "")), "bad_spec");
  assert.equal(reason(new Refusal("invalid", "x.something", "")), "driver_failed");
  assert.equal(reason(new Error("port_in_use")), "driver_failed");
});

test("a driver that fails is told of at the third attempt: its process may be starting again", () => {
  const failures = new Failures();
  const told = [1, 2, 3].map(() => {
    failures.add("a", "v", new Error("not connected"));
    return failures.reasonOf("a", "v");
  });
  assert.deepEqual(told, [undefined, undefined, "driver_failed"]);
});

test("while an attempt is under way there is nothing to wait for", () => {
  const failures = new Failures();
  failures.add("a", "v", clash);
  failures.start("a");
  assert.equal(failures.nextMs(), undefined);
  assert.equal(failures.isDue("a", "v"), false);
  failures.forgive();
  assert.equal(failures.isDue("a", "v"), false);
});

test("what was lost is tried at once the first time, then like what failed", () => {
  const failures = new Failures();
  failures.lose("a", "v");
  assert.equal(failures.isDue("a", "v"), true);
  assert.equal(failures.reasonOf("a", "v"), undefined);
  failures.lose("a", "v"); // looked at twice before the attempt
  failures.start("a");
  failures.lose("a", "v");
  assert.ok(failures.nextMs()! > 400);
  failures.clear("a");
  assert.equal(failures.nextMs(), undefined);
});
