import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutgoingReply } from "../outgoing.ts";
import { toAcmeProblem } from "./acme-problem.ts";

const urn = "urn:ietf:params:acme:error:";
const reply = (retryAfter?: string): OutgoingReply => ({
  status: 429,
  headers: retryAfter ? { "retry-after": retryAfter } : {},
  body: Buffer.alloc(0),
  url: "https://ca.example/",
});

test("what an authority refuses is told in its words, of every name", () => {
  const subproblems = [
    { type: `${urn}dns`, detail: "no address for a.example" },
    { type: `${urn}caa`, detail: "b.example forbids it" },
  ];
  const problem = toAcmeProblem({ type: `${urn}compound`, detail: "two names failed", subproblems }, "nothing said");
  assert.equal(
    problem.message,
    "two names failed (compound); no address for a.example (dns); b.example forbids it (caa)",
  );
  assert.equal(problem.type, "compound");
});

test("whatever else it may be, it is one short line", () => {
  for (const odd of [undefined, null, 7, "text", [], { detail: 7 }, { subproblems: "x" }, {}]) {
    assert.equal(toAcmeProblem(odd, "ca.example answered 500").message, "ca.example answered 500");
  }
  const { message } = toAcmeProblem({ detail: `a\n\u0000b\u001b[31m${"x".repeat(5000)}` }, "");
  assert.match(message, /^a b \[31mx+$/);
  assert.equal(message.length, 1000);
});

test("how long an authority wants to be left alone is read in seconds or as a date", () => {
  assert.equal(toAcmeProblem({}, "", reply("120")).retryAfterMs, 120_000);
  const at = toAcmeProblem({}, "", reply(new Date(Date.now() + 3_600_000).toUTCString())).retryAfterMs ?? 0;
  assert.ok(at > 3_590_000 && at <= 3_600_000);
  for (const odd of [undefined, "0", "-5", "soon", new Date(0).toUTCString()]) {
    assert.equal(toAcmeProblem({}, "", reply(odd)).retryAfterMs, undefined, String(odd));
  }
});
