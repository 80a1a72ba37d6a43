import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { type Digestible, digest } from "./digest.ts";
import { InstanceSchema } from "./gen/berth/link/v1/link_pb.ts";

const instance: Digestible = {
  id: "instance_1",
  generation: 3n,
  offering: "derp",
  specVersion: 1,
  spec: '{"port":20000}',
  allowance: { ceilingBytes: 10n, untilMs: 5n },
};

const instances = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1 }),
    generation: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    offering: fc.constantFrom("derp", "proxy"),
    specVersion: fc.nat(3),
    spec: fc.string(),
    allowance: fc.record({
      ceilingBytes: fc.option(fc.bigInt(0n, 9n), { nil: undefined }),
      untilMs: fc.bigInt(0n, 9n),
    }),
  }),
  { selector: ({ id }) => id, maxLength: 8 },
);

test("a digest stays what it is from version to version", () => {
  assert.equal(digest([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(digest([instance]), "b0d2d6e60bcbf8cd1810e09097eb911d6422ae51f69f335df7370fdf7c99b41f");
});

test("a digest does not depend on the order of instances", () => {
  fc.assert(fc.property(instances, (all) => assert.equal(digest(all), digest(all.toReversed()))));
});

test("a digest differs when anything that travels differs", () => {
  const { allowance: _, ...unbounded } = instance;
  const changed: Digestible[][] = [
    [],
    [unbounded],
    [{ ...instance, id: "instance_2" }],
    [{ ...instance, generation: 4n }],
    [{ ...instance, offering: "proxy" }],
    [{ ...instance, specVersion: 2 }],
    [{ ...instance, spec: "{}" }],
    [{ ...instance, allowance: { untilMs: 5n } }],
    [{ ...instance, allowance: { ceilingBytes: 0n, untilMs: 5n } }],
    [{ ...instance, allowance: { ceilingBytes: 10n, untilMs: 6n } }],
    [instance, { ...instance, id: "instance_2" }],
  ];
  const digests = new Set([digest([instance]), ...changed.map(digest)]);
  assert.equal(digests.size, changed.length + 1);
});

test("a message and a plain object of the same content have the same digest", () => {
  assert.equal(digest([create(InstanceSchema, instance)]), digest([instance]));
  const { allowance: _, ...unbounded } = instance;
  assert.equal(digest([unbounded]), digest([{ ...unbounded, allowance: { untilMs: 0n } }]));
});
