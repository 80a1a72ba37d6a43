import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { arrange, move } from "./arrangement.ts";
import { isFiltered, nextSort, readListQuery, toFilter, toInput } from "./list-query.ts";
import { settle } from "./settle.ts";

describe("a list's address is its state", () => {
  test("what stands in it is asked, and nothing else", () => {
    const query = readListQuery({ q: "sg", state: "offline", sort: "-load", after: "x", region: "asia", open: "y" }, [
      "region",
    ]);
    assert.deepEqual(toInput(query), {
      q: "sg",
      state: "offline",
      sort: "-load",
      after: "x",
      region: "asia",
      limit: 50,
    });
    assert.deepEqual(toFilter(query), { q: "sg", region: "asia" });
    assert.ok(isFiltered(query));
  });

  test("an empty one asks for the first page", () => {
    const query = readListQuery({ limit: "7" }, []);
    assert.deepEqual(toInput(query), { limit: 50 });
    assert.ok(!isFiltered(query));
  });

  test("a column sorts down, then up, then not", () => {
    assert.deepEqual(
      ["", "-used", "used", "until"].map((sort) => nextSort(sort, "used")),
      ["-used", "used", "", "-used"],
    );
  });
});

describe("nothing moves under the reader's hand", () => {
  const row = (id: string, value: number) => ({ id, value });
  const keyOf = ({ id }: { id: string }) => id;

  test("values are patched in place while the order is held", () => {
    const { rows, changes } = settle([row("a", 1), row("b", 1)], [row("c", 1), row("b", 2), row("a", 3)], keyOf, true);
    assert.deepEqual(rows, [row("a", 3), row("b", 2)]);
    assert.equal(changes, 1);
  });

  test("a row that is gone stays until the reader applies it", () => {
    const { rows, changes } = settle([row("a", 1), row("b", 1)], [row("a", 2)], keyOf, true);
    assert.deepEqual(rows, [row("a", 2), row("b", 1)]);
    assert.equal(changes, 1);
  });

  test("and everything is new when nobody has a hand on it", () => {
    const fetched = [row("b", 1), row("a", 1)];
    assert.deepEqual(settle([row("a", 1), row("b", 1)], fetched, keyOf, false), { rows: fetched, changes: 0 });
  });
});

describe("columns are chosen, ordered and pinned", () => {
  const columns = [
    { key: "name", isFixed: true },
    { key: "state" },
    { key: "load" },
    { key: "version", isHidden: true },
  ];

  test("as they come, unless somebody chose", () => {
    assert.deepEqual(
      arrange(columns, undefined).map(({ key }) => key),
      ["name", "state", "load"],
    );
  });

  test("in the chosen order; one that can't be left out is there whatever was chosen, and one that is gone is not", () => {
    const chosen = { keys: ["version", "gone", "state"], pinned: ["state"] };
    assert.deepEqual(
      arrange(columns, chosen).map(({ key, isPinned }) => [key, isPinned]),
      [
        ["name", true],
        ["state", true],
        ["version", false],
      ],
    );
  });

  test("moving stays within the list", () => {
    assert.deepEqual(move(["a", "b", "c"], "c", -1), ["a", "c", "b"]);
    assert.deepEqual(move(["a", "b", "c"], "a", -1), ["a", "b", "c"]);
  });
});
