import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { withLock } from "../../scripts/lock.mjs";

function lockPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "berth-lock-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "some", "lock");
}

/** Leaves a lock as somebody else would. */
function leave(lock: string, owner?: string): void {
  mkdirSync(lock, { recursive: true });
  if (owner) writeFileSync(join(lock, "owner"), owner);
}

test("one at a time holds the lock, however many ask at once", async (t) => {
  const lock = lockPath(t);
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({ length: 4 }, () => withLock(lock, work)));
  assert.equal(most, 1);
  assert.equal(existsSync(lock), false);
});

test("the lock is given back when the work fails", async (t) => {
  const lock = lockPath(t);
  await assert.rejects(
    withLock(lock, () => Promise.reject(new Error("broken"))),
    /broken/,
  );
  assert.equal(existsSync(lock), false);
});

test("a lock whose owner has died is taken over", async (t) => {
  const lock = lockPath(t);
  leave(lock, `${spawnSync("true").pid} 12345`);
  assert.equal(await withLock(lock, () => "mine"), "mine");
});

test("a living process that was given the owner's pid is not taken for the owner", async (t) => {
  const lock = lockPath(t);
  leave(lock, `${process.ppid} 1`);
  assert.equal(await withLock(lock, () => "mine"), "mine");
});

test("a lock whose owner died before it wrote its name is taken over in the end", async (t) => {
  const lock = lockPath(t);
  leave(lock);
  utimesSync(lock, 0, 0);
  assert.equal(await withLock(lock, () => "mine"), "mine");
});

test("somebody who waits is told once for whom", async (t) => {
  const lock = lockPath(t);
  const owners: string[] = [];
  let waited = () => {};
  const waiting = new Promise<void>((resolve) => (waited = resolve));
  const first = withLock(lock, () => waiting);
  const second = withLock(
    lock,
    () => {},
    (owner) => {
      owners.push(owner);
      waited();
    },
  );
  await Promise.all([first, second]);
  assert.deepEqual(owners, [`${process.pid}`]);
});
