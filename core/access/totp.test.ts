import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { secretOf } from "../../tests/support/members.ts";
import { findStep, secretText, stepAt, totpCode, totpUrl } from "./totp.ts";

const secret = Buffer.from("12345678901234567890");

describe("a code", () => {
  // RFC 6238, appendix B, SHA-1.
  for (const [seconds, code] of [
    [59, "94287082"],
    [1_111_111_109, "07081804"],
    [1_111_111_111, "14050471"],
    [1_234_567_890, "89005924"],
    [2_000_000_000, "69279037"],
    [20_000_000_000, "65353130"],
  ] as const) {
    test(`at ${seconds} s is ${code}`, () => {
      const step = stepAt(new Date(seconds * 1_000));
      assert.equal(totpCode(secret, step, 8), code);
      assert.equal(totpCode(secret, step), code.slice(2));
    });
  }

  test("is known in its own step and the next one, neither earlier nor later", () => {
    const code = totpCode(secret, 1_000n);
    const at = (step: number) => findStep(secret, code, new Date(step * 30_000 + 29_999));
    assert.deepEqual([at(999), at(1_000), at(1_001), at(1_002)], [undefined, 1_000n, 1_000n, undefined]);
  });

  test("of another length or alphabet is a wrong one", () => {
    for (const code of ["", "12345", "1234567", "abcdef", "１２３４５６"]) {
      assert.equal(findStep(secret, code, new Date(59_000)), undefined);
    }
  });
});

describe("a secret", () => {
  test("is written as authenticator apps read it", () => {
    assert.equal(secretText(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    const url = new URL(totpUrl(secret, "Ann & Bob?"));
    assert.equal(url.href.startsWith("otpauth://totp/Berth%3AAnn%20%26%20Bob%3F?"), true, url.href);
    assert.deepEqual(secretOf(url.href), secret);
  });
});
