import assert from "node:assert/strict";
import { test } from "node:test";
import zh from "../words/zh-CN.ts";
import { instanceState, leaseState, tones } from "./tones.ts";

test("every state has a word", () => {
  for (const [of, states] of Object.entries(tones)) {
    const words = zh.states[of as keyof typeof tones] as Record<string, string>;
    assert.deepEqual(Object.keys(words).sort(), Object.keys(states).sort(), of);
  }
});

test("an instance whose node is away is unknown, never stopped", () => {
  assert.equal(instanceState("running", "offline"), "unknown");
  assert.equal(instanceState("stopped", "removed"), "unknown");
  assert.equal(instanceState("running", "online"), "running");
});

test("an active lease ends soon in its last week only", () => {
  const now = Date.parse("2026-11-20T00:00:00Z");
  assert.equal(leaseState("active", "2026-11-26T00:00:00Z", now), "ending");
  assert.equal(leaseState("active", "2026-11-28T00:00:00Z", now), "active");
  assert.equal(leaseState("suspended", "2026-11-21T00:00:00Z", now), "suspended");
});
