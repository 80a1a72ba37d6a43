import assert from "node:assert/strict";
import { test } from "node:test";
import { mustType, toEffects } from "./effects.ts";

const event = (name: string, accountId: string | null) => ({ name, accountId, leaseId: null, nodeId: null, data: {} });

test("a rehearsal says how often each thing happens, and to how many people", () => {
  const events = [event("leases.suspended", "a"), event("leases.suspended", "b"), event("fleet.node_revoked", "me")];
  assert.deepEqual(toEffects({ events }, "me"), {
    events: [
      { name: "leases.suspended", count: 2 },
      { name: "fleet.node_revoked", count: 1 },
    ],
    people: 2,
  });
});

test("a name is typed for what can't be undone, and for more than ten people", () => {
  assert.deepEqual([mustType(true, 0), mustType(false, 10), mustType(false, 11)], [true, false, true]);
});
