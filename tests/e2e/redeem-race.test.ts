import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApiError, audit, leases, orders } from "@berth/api";
import { type Person, signUp } from "../../apps/cli/src/demo/people.ts";
import { makeSerials, type Site, startSite } from "../support/site.ts";

let site: Site;
before(async () => {
  site = await startSite({ controls: 2, nodes: 3 });
});
after(() => site.close());

test("of 64 clients that redeem one serial at once over two replicas, one gets it, once", async () => {
  const [code] = await makeSerials(site.operator, { count: 1 });
  // Eight people with eight requests each: a person's own parallel tries are a race as well.
  const people: Person[] = [];
  for (let index = 0; index < 8; index++) {
    people.push(await signUp(site.controls[index % 2]?.url as string, site.operator, `racer${index}`));
  }
  const before = (await site.operator(audit.listEvents, { name: "orders.redeemed" })).items.length;

  const results = await Promise.allSettled(
    Array.from({ length: 64 }, (_, index) => people[index % 8]?.call(orders.redeemSerial, { code: code as string })),
  );

  const won = results.filter(({ status }) => status === "fulfilled");
  assert.equal(won.length, 1);
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    assert.ok(result.reason instanceof ApiError, String(result.reason));
    assert.match(result.reason.problem.code, /^serials\.(not_redeemable|locked)$/);
  }
  const all = (await site.operator(orders.listOrders, {})).items;
  assert.equal(all.length, 1);
  assert.equal((await site.operator(leases.listLeases, {})).items.length, 1);
  assert.equal((await site.operator(audit.listEvents, { name: "orders.redeemed" })).items.length - before, 1);
});
