import assert from "node:assert/strict";
import { accounts, type Call, type ReplyOf } from "@berth/api";

/** Signs in somebody who has no second factor. */
export async function signInTo(
  call: Call,
  { email, password }: { email: string; password: string },
): Promise<ReplyOf<typeof accounts.verifyEmail>> {
  const answer = await call(accounts.signIn, { email, password });
  assert.ok("token" in answer, "a second factor is asked for");
  return answer;
}
