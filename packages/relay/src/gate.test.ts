import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "./gate.ts";

test("places are limited per room, per address and in all, and come back when left", () => {
  const gate = new Gate({ perRoom: 3, perAddress: 2, total: 4 });
  const left = gate.enter("r1", "a");
  assert.ok(left);
  assert.ok(gate.enter("r1", "a"));
  assert.equal(gate.enter("r2", "a"), undefined, "the address has its two");
  assert.ok(gate.enter("r1", "b"));
  assert.equal(gate.enter("r1", "c"), undefined, "the room has its three");
  assert.ok(gate.enter("r2", "b"));
  assert.equal(gate.enter("r3", "d"), undefined, "four in all");
  left();
  left(); // a second time gives back nothing
  assert.ok(gate.enter("r3", "a"));
  assert.equal(gate.enter("r3", "d"), undefined);
});
