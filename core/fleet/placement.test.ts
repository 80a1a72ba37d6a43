import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Candidate, rank, type Wish } from "./placement.ts";

const node = (id: string, changes: Partial<Candidate> = {}): Candidate => ({
  id,
  name: id,
  region: "fra",
  state: "online",
  instances: 0,
  instancesMost: 10,
  load: 0,
  kinds: ["derp"],
  ...changes,
});
const wish = (changes: Partial<Wish> = {}): Wish => ({
  kind: "derp",
  regions: [],
  nodeIds: [],
  takenRegions: [],
  takenNodeIds: [],
  ...changes,
});
const order = (nodes: Candidate[], wanted: Wish) => rank(nodes, wanted).choices.map(({ nodeId }) => nodeId);

test("another region goes before a less filled node", () => {
  const nodes = [node("a", { instances: 1 }), node("b", { region: "sgp", instances: 9 })];
  assert.deepEqual(order(nodes, wish({ takenRegions: ["fra"] })), ["b", "a"]);
});

test("within a region the least filled goes first, then the idlest", () => {
  const nodes = [
    node("a", { instances: 2 }),
    node("b", { instances: 1, load: 3 }),
    node("c", { instances: 1, load: 1 }),
  ];
  assert.deepEqual(order(nodes, wish()), ["c", "b", "a"]);
});

test("each node that is passed over has its reason", () => {
  const nodes = [
    node("off", { state: "offline" }),
    node("cordoned", { state: "cordoned" }),
    node("kind", { kinds: [] }),
    node("region", { region: "sgp" }),
    node("pool"),
    node("has"),
    node("full", { instances: 10 }),
  ];
  const wanted = wish({ regions: ["fra"], nodeIds: ["full", "has", "off"], takenNodeIds: ["has"] });
  assert.deepEqual(rank(nodes, wanted), {
    choices: [],
    refused: [
      { nodeId: "off", why: "not_online" },
      { nodeId: "cordoned", why: "cordoned" },
      { nodeId: "kind", why: "other_kind" },
      { nodeId: "region", why: "other_region" },
      { nodeId: "pool", why: "other_pool" },
      { nodeId: "has", why: "has_this_lease" },
      { nodeId: "full", why: "full" },
    ],
  });
});

test("equal nodes end up at most one instance apart, however many leases come", () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 8 }), fc.integer({ min: 1, max: 40 }), (count, leases) => {
      const filled = new Map(Array.from({ length: count }, (_, i) => [`node${i}`, 0]));
      for (let lease = 0; lease < leases; lease++) {
        const taken: string[] = [];
        for (let slot = 0; slot < 3; slot++) {
          const nodes = [...filled].map(([id, instances]) => node(id, { region: id, instances, instancesMost: 1_000 }));
          const [best] = order(nodes, wish({ takenRegions: taken, takenNodeIds: taken }));
          assert.ok(best);
          taken.push(best);
          filled.set(best, (filled.get(best) ?? 0) + 1);
        }
        assert.equal(new Set(taken).size, 3);
      }
      const fills = [...filled.values()];
      return Math.max(...fills) - Math.min(...fills) <= 1;
    }),
  );
});
