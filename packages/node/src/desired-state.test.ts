import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DesiredSchema, digest, InstanceSchema } from "@berth/link";
import { create } from "@bufbuild/protobuf";
import { applyDesired, nothingDesired, openDesiredState } from "./desired-state.ts";

const folder = await mkdtemp(join(tmpdir(), "berth-desired-"));
after(() => rm(folder, { recursive: true }));

const instance = (id: string, generation = 1n) =>
  create(InstanceSchema, {
    id,
    generation,
    offering: "derp",
    specVersion: 1,
    spec: "{}",
    allowance: { ceilingBytes: 5n },
  });
const whole = (revision: bigint, ...ids: string[]) =>
  create(DesiredSchema, { revision, whole: true, instances: ids.map((id) => instance(id)) });

test("a whole state replaces what was there, a change adds to it and takes away", () => {
  const first = applyDesired(nothingDesired, whole(1n, "a", "b"));
  assert.deepEqual([...first.instances.keys()], ["a", "b"]);
  const change = create(DesiredSchema, { revision: 2n, instances: [instance("c"), instance("a", 2n)], removed: ["b"] });
  const second = applyDesired(first, change);
  assert.deepEqual(
    [...second.instances].map(([id, { generation }]) => [id, generation]),
    [
      ["a", 2n],
      ["c", 1n],
    ],
  );
  assert.equal(second.revision, 2n);
  assert.equal(second.digest, digest([instance("a", 2n), instance("c")]));
  assert.deepEqual(applyDesired(second, change), second);
  assert.deepEqual([...applyDesired(second, whole(1n, "d")).instances.keys()], ["d"]);
});

test("what left is remembered until it is wanted again, and not without bound", () => {
  const first = applyDesired(nothingDesired, whole(1n, "a", "b"));
  const second = applyDesired(first, whole(2n, "b"));
  assert.deepEqual(second.leaving, [{ id: "a", generation: "1", offering: "derp" }]);
  assert.deepEqual(applyDesired(second, whole(3n, "a", "b")).leaving, []);
  let state = nothingDesired;
  for (let n = 0n; n < 300n; n++) state = applyDesired(state, whole(n, `i${n}`));
  assert.equal(state.leaving.length, 256);
  assert.equal(state.leaving.at(-1)?.id, "i298");
});

test("a state is read back from disk as it was", async () => {
  const path = join(folder, "one");
  await mkdir(path);
  const store = await openDesiredState(path);
  assert.equal(store.current().digest, "");
  await Promise.all([store.apply(whole(7n, "a", "b")), store.setClock(-3_000)]);
  const state = await store.apply(create(DesiredSchema, { revision: 8n, removed: ["b"] }));
  assert.equal(state, store.current());
  assert.deepEqual((await openDesiredState(path)).current(), state);
  assert.equal(state.offsetMs, -3_000);
});

test("an empty state that control sent differs from knowing nothing", async () => {
  assert.notEqual(applyDesired(nothingDesired, whole(0n)).digest, nothingDesired.digest);
  const store = await openDesiredState(folder);
  await store.setClock(5_000); // writes a file, though control has not spoken
  assert.equal((await openDesiredState(folder)).current().digest, "");
});

test("a file that cannot be read is as good as none", async () => {
  const store = await openDesiredState(folder);
  await store.apply(whole(1n, "a"));
  const text = await readFile(join(folder, "desired.json"), "utf8");
  for (const broken of ["", text.slice(0, -9), "null", "{}", '{"known":true,"desired":5}']) {
    await writeFile(join(folder, "desired.json"), broken);
    const { digest, instances } = (await openDesiredState(folder)).current();
    assert.deepEqual([digest, instances.size], ["", 0], broken);
  }
});
