import assert from "node:assert/strict";
import { test } from "node:test";
import { newSecret } from "@berth/kit";
import { makeAuthority } from "./authority.ts";
import { formatJoinToken, parseJoinToken } from "./join-token.ts";
import { authorityFingerprint } from "./keys.ts";

test("a join token is read back as it was made, with blanks around it or not", async () => {
  const { certificate } = await makeAuthority({ now: new Date() });
  const token = { secret: newSecret(), authority: authorityFingerprint(certificate) };
  assert.deepEqual(parseJoinToken(` ${formatJoinToken(token)}\n`), token);
});

test("a join token that was cut or mistyped is refused before anybody is called", () => {
  const whole = formatJoinToken({ secret: "0".repeat(32), authority: "1".repeat(52) });
  for (const text of [
    "",
    "berth-join",
    whole.slice(0, -1),
    `${whole}0`,
    whole.replace("berth", "perth"),
    whole.toUpperCase(),
  ]) {
    assert.throws(() => parseJoinToken(text), { kind: "invalid", code: "link.bad_join_token" });
  }
});
