import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyPlan, toPlanInput } from "./plan-values.ts";

test("what is left empty is no limit, and amounts are exact", () => {
  assert.deepEqual(
    toPlanInput({ ...emptyPlan, name: " Asia ", price: "28.5", trafficGb: "", regions: "tokyo，sydney" }),
    {
      name: "Asia",
      kind: "derp",
      options: {},
      durationDays: 30,
      trafficBytes: null,
      mbps: null,
      devices: null,
      reset: "monthly",
      regions: ["tokyo", "sydney"],
      price: { minor: "2850", currency: "CNY" },
    },
  );
});

test("half a gigabyte is five hundred million bytes", () => {
  assert.equal(toPlanInput({ ...emptyPlan, price: "0", trafficGb: "0.5" })?.trafficBytes, "500000000");
});

test("options that were left alone are the kind's to choose", () => {
  const plan = toPlanInput({ ...emptyPlan, price: "1", options: { relays: 2, server: undefined } });
  assert.deepEqual(plan?.options, { relays: 2 });
});

test("a price that can't be read makes no plan", () => {
  for (const price of ["", "1,5", "1.234", "-1", "x"]) assert.equal(toPlanInput({ ...emptyPlan, price }), undefined);
});
