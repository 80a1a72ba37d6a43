import assert from "node:assert/strict";
import { test } from "node:test";
import type { Running } from "@berth/offering";
import fc from "fast-check";
import { difference, type Wanted } from "./reconcile.ts";

const wanted = (entries: Record<string, Wanted>) => new Map(Object.entries(entries));
const running = (entries: Record<string, Running>) => new Map(Object.entries(entries));
const a1: Wanted = { generation: 1, version: "v1" };
const runs: Running = { generation: 1, phase: "running" };

const cases: [
  name: string,
  wanted: Wanted | undefined,
  running: Running | undefined,
  applied: string | undefined,
  what: string,
][] = [
  ["what is missing is applied", a1, undefined, undefined, "apply"],
  ["what was applied and is gone is applied again", a1, undefined, "v1", "apply"],
  ["what runs and is not wanted is removed", undefined, runs, "v1", "remove"],
  ["what runs as it should is left alone", a1, runs, "v1", ""],
  ["what is starting is left alone", a1, { ...runs, phase: "starting" }, "v1", ""],
  ["what failed is applied again", a1, { ...runs, phase: "failed" }, "v1", "apply"],
  ["what runs in another version is applied", a1, runs, "v0", "apply"],
  ["what an agent found running is applied once", a1, runs, undefined, "apply"],
  ["what runs at another generation is applied", a1, { ...runs, generation: 0 }, "v1", "apply"],
];

for (const [name, want, run, version, what] of cases) {
  test(name, () => {
    const applied = new Map(version === undefined ? [] : [["a", version]]);
    const { apply, remove } = difference(wanted(want ? { a: want } : {}), running(run ? { a: run } : {}), applied);
    assert.deepEqual(
      { apply, remove },
      { apply: what === "apply" ? ["a"] : [], remove: what === "remove" ? ["a"] : [] },
    );
  });
}

test("once a difference is made good, there is none", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const want = fc.dictionary(id, fc.record({ generation: fc.nat(2), version: fc.constantFrom("v1", "v2") }));
  const run = fc.dictionary(
    id,
    fc.record({ generation: fc.nat(2), phase: fc.constantFrom("running" as const, "failed" as const) }),
  );
  fc.assert(
    fc.property(want, run, fc.dictionary(id, fc.constantFrom("v1", "v2")), (want, run, before) => {
      const [present, applied] = [running(run), new Map(Object.entries(before))];
      const { apply, remove } = difference(wanted(want), present, applied);
      for (const id of remove) present.delete(id);
      for (const id of apply) {
        present.set(id, { generation: want[id]!.generation, phase: "running" });
        applied.set(id, want[id]!.version);
      }
      assert.deepEqual(difference(wanted(want), present, applied), { apply: [], remove: [] });
      assert.deepEqual([...present.keys()].sort(), Object.keys(want).sort());
    }),
  );
});
