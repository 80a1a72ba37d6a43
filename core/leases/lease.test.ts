import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs } from "@berth/kit";
import fc from "fast-check";
import { periodFrom, slice, transition } from "./lease.ts";

test("a lease that is over stays over", () => {
  for (const over of ["expired", "ended"] as const) {
    for (const event of ["place", "suspend", "resume", "expire", "end"] as const) {
      assert.throws(() => transition(over, event), { code: "leases.wrong_state" });
    }
  }
});

test("suspending and resuming lead back", () => {
  assert.equal(transition(transition("active", "suspend"), "resume"), "active");
  assert.throws(() => transition("suspended", "suspend"), { code: "leases.wrong_state" });
});

test("a reset cycle begins at the lease's own hour", () => {
  const starts_at = new Date("2026-03-01T13:37:00Z");
  const after = (days: number) =>
    periodFrom({ reset: "daily", starts_at }, new Date(starts_at.getTime() + days * dayMs));
  assert.equal(after(0).toISOString(), "2026-03-01T13:37:00.000Z");
  assert.equal(after(0.999).toISOString(), "2026-03-01T13:37:00.000Z");
  assert.equal(after(31).toISOString(), "2026-04-01T13:37:00.000Z");
  assert.deepEqual(periodFrom({ reset: "never", starts_at }, new Date()), starts_at);
});

test("a slice never exceeds what is left, and the last bytes go to whoever asks", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -10n, max: 10n ** 15n }), fc.integer({ min: 1, max: 50 }), (left, instances) => {
      const most = slice(left, instances);
      return most >= 0n && (left <= 0n ? most === 0n : most <= left && most > 0n);
    }),
  );
});
