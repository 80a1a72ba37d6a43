import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { catalogue, leases } from "@berth/api";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { planOf, soldLease } from "../../tests/support/sales.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  await onlineNode(control.ctx);
});
after(() => control.close());

test("a plan gets another name and price and leaves the sale; what was sold stays as it was sold", async () => {
  const { plan, customer, lease } = await soldLease(control, { name: "Asia 30", trafficBytes: "5000" });
  const price = { minor: "990", currency: plan.price.currency };
  const changed = await operator(catalogue.changePlan, { planId: plan.id, name: "Asia 30 plus", price, onSale: false });
  assert.deepEqual(changed, { ...plan, name: "Asia 30 plus", price, onSale: false });
  assert.deepEqual(
    await operator(catalogue.changePlan, { planId: plan.id }),
    changed,
    "nothing given, nothing changed",
  );
  const kept = await customer(leases.getLease, { leaseId: lease.id });
  assert.equal(kept.trafficBytes, "5000");
  assert.equal(kept.until, lease.until);
});

test("two plans never have one name, and prices stay in one currency", async () => {
  const [one, other] = [await planOf(operator, { name: "One" }), await planOf(operator, { name: "Other" })];
  const taken = await refusalOf(operator(catalogue.changePlan, { planId: other.id, name: one.name }));
  assert.equal(taken, "409 catalogue.name_taken");
  const foreign = { minor: "1", currency: "XTS" };
  const refused = await refusalOf(operator(catalogue.changePlan, { planId: other.id, price: foreign }));
  assert.equal(refused, "409 catalogue.other_currency");
});

test("who may not sell changes no plan", async () => {
  const plan = await planOf(operator);
  const admin = await control.as("admin");
  const refused = await refusalOf(admin(catalogue.changePlan, { planId: plan.id, onSale: false }));
  assert.equal(refused, "403 accounts.not_permitted");
});
