import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Books, bytesOf, newBook, toReadings, turnTo } from "./book.ts";

test("a counter is shared out to the generations that it ran through", () => {
  const first = { ...newBook(1, "run"), counted: 100n };
  assert.equal(bytesOf(first), 100n);
  const second = { ...turnTo(7, first), counted: 120n };
  assert.equal(bytesOf(second), 20n);
  assert.deepEqual(
    toReadings("instance_1", second).map(({ generation, run, subject, value }) => [generation, run, subject, value]),
    [
      [1, "run", "", 100n],
      [7, "run", "", 20n],
    ],
  );
  assert.equal(turnTo(7, second), second);
});

test("before the first run there is nothing to tell", () => {
  assert.deepEqual(toReadings("instance_1", newBook(1)), []);
});

test("books are read as they were written, by their owner only", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "derper-books-"));
  t.after(() => rm(folder, { recursive: true }));
  const books = new Books(join(folder, "books"));
  assert.equal(await books.exist(), false);
  assert.deepEqual([await books.names(), await books.exist()], [[], true]);
  assert.equal(await books.load("instance_1"), undefined);
  const book = turnTo(2, { ...newBook(1, "run"), counted: 2n ** 60n });
  await books.save("instance_1", book);
  assert.deepEqual([await books.names(), await books.load("instance_1")], [["instance_1"], book]);
  assert.equal((await stat(join(folder, "books"))).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, "books", "instance_1.json"))).mode & 0o777, 0o600);
  await books.remove("instance_1");
  await books.remove("instance_1");
  assert.deepEqual(await books.names(), []);
});
