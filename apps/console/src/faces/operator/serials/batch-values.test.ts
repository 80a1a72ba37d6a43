import assert from "node:assert/strict";
import { test } from "node:test";
import { codesFile, emptyBatch, toBatchInput } from "./batch-values.ts";

test("serials redeem until the last second of the day that was typed", () => {
  const input = toBatchInput({ ...emptyBatch("plan_1"), name: " May ", count: "20", redeemOn: "2026-05-31" });
  assert.equal(new Date(input.redeemBy).getTime(), new Date(2026, 4, 31, 23, 59, 59).getTime());
  assert.deepEqual([input.name, input.count, input.payment], ["May", 20, "paid"]);
});

test("half a year is offered to redeem in", () => {
  const { redeemOn } = emptyBatch(undefined);
  const days = (new Date(`${redeemOn}T12:00`).getTime() - Date.now()) / 86_400_000;
  assert.ok(days > 178 && days < 182, redeemOn);
});

test("the file has a head and a line for each code", () => {
  const text = codesFile(["A-1", "B-2"], { redeemBy: "2026-05-31T15:59:59.000Z" });
  assert.equal(text, "code,redeem_by\r\nA-1,2026-05-31T15:59:59.000Z\r\nB-2,2026-05-31T15:59:59.000Z\r\n");
});
